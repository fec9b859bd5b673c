import { type Stats, unwatchFile, watchFile } from "node:fs";

/** Milliseconds between two looks: a file is looked at, not watched, for it may be replaced, or lie on another machine. */
const LOOK = 500;

/** Looks whether files are changed, touched or made. */
export class Touch {
  readonly #changed: (file: string, at: number) => void;
  /** What ends the looks at a file. */
  readonly #watched: Map<string, () => void> = new Map();

  /** @param changed is told which, and its time of change */
  constructor(changed: (file: string, at: number) => void) {
    this.#changed = changed;
  }

  /** Look at these from now on. At those of before it is looked on: what has changed since the last look counts. */
  watch(paths: string[]): void {
    const files = new Set(paths);
    for (const [file, unwatch] of this.#watched) {
      if (files.has(file)) continue;
      unwatch();
      this.#watched.delete(file);
    }
    for (const file of files) {
      if (!this.#watched.has(file)) this.#watched.set(file, this.#look(file));
    }
  }

  stop(): void {
    this.watch([]);
  }

  #look(file: string): () => void {
    const look = (now: Stats, before: Stats): void => {
      if (now.mtimeMs !== before.mtimeMs && now.nlink > 0) this.#changed(file, now.mtimeMs);
    };
    watchFile(file, { interval: LOOK, persistent: false }, look);
    return () => unwatchFile(file, look);
  }
}
