import { type Stats, unwatchFile, watchFile } from "node:fs";

/** Files are polled, because inotify notices neither replaced files nor changes on network file systems. */
const POLL_INTERVAL_MS = 500;

/** Watches for files that are changed, touched or created. */
export class WatchedFiles {
  readonly #changed: (file: string, at: number) => void;
  /** Stops watching, by file. */
  readonly #watched: Map<string, () => void> = new Map();

  /** @param changed called with the file and the time of its change, in milliseconds since 1970 */
  constructor(changed: (file: string, at: number) => void) {
    this.#changed = changed;
  }

  /** Replace the watched files. Files that were watched before keep their last poll, so that no change is missed. */
  watch(paths: string[]): void {
    const files = new Set(paths);
    for (const [file, unwatch] of this.#watched) {
      if (files.has(file)) continue;
      unwatch();
      this.#watched.delete(file);
    }
    for (const file of files) {
      if (!this.#watched.has(file)) this.#watched.set(file, this.#poll(file));
    }
  }

  stop(): void {
    this.watch([]);
  }

  #poll(file: string): () => void {
    const polled = (now: Stats, before: Stats): void => {
      if (now.mtimeMs !== before.mtimeMs && now.nlink > 0) this.#changed(file, now.mtimeMs);
    };
    watchFile(file, { interval: POLL_INTERVAL_MS, persistent: false }, polled);
    return () => unwatchFile(file, polled);
  }
}
