import type { Socket } from "node:net";
import type { Exit } from "./spawn-process.ts";
import type { ProcessHandle, ProcessEvents } from "./start-worker.ts";
import type { Zygote } from "./zygote.ts";

/** Milliseconds in which a zygote is to fork; a fork takes one or two. */
const FORK_TIME = 5000;
/** Milliseconds in which it is to tell how a worker ended whose connection has. */
const TELL_TIME = 1000;

/** A worker that a zygote has forked, or will. Lives on when the zygote dies; then its socket tells of its end. */
export class ForkedProcess implements ProcessHandle {
  readonly id: number;
  pid = 0;
  /** It is the zygote. */
  self = false;
  readonly #zygote: Zygote;
  readonly #events: ProcessEvents;
  readonly #late: NodeJS.Timeout;
  #killed = false;
  #ended = false;
  #answers: Socket | null = null;

  constructor(zygote: Zygote, id: number, events: ProcessEvents) {
    this.#zygote = zygote;
    this.id = id;
    this.#events = events;
    // It hangs, or is stopped; another will be started.
    this.#late = setTimeout(() => zygote.kill(), FORK_TIME).unref();
  }

  born(pid: number): void {
    clearTimeout(this.#late);
    this.pid = pid;
    this.#events.pid(pid);
    if (this.#killed) this.kill();
  }

  connected(answers: Socket): void {
    this.#answers = answers;
    answers.on("close", () => {
      if (this.#zygote.gone && !this.self) return this.#untold();
      setTimeout(() => this.#untold(), TELL_TIME).unref();
    });
  }

  exit(exit: Exit): void {
    this.#ended = true;
    clearTimeout(this.#late);
    this.#zygote.forget(this);
    this.#events.exit(exit);
  }

  /** The zygote has ended. A worker that has not connected yet will not be let in. */
  orphaned(exit: Exit): void {
    if (this.self) this.exit(exit);
    else if (!this.#answers || this.#answers.destroyed) this.#untold();
  }

  kill(): void {
    this.#killed = true;
    // Once it has ended this may be the pid of somebody else.
    const ended = this.#ended || (this.#zygote.gone && this.#answers?.destroyed);
    if (this.pid === 0 || ended) return;
    try {
      process.kill(this.pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }

  #untold(): void {
    if (this.#ended) return;
    this.kill();
    this.exit({ code: null, signal: null, error: null });
  }
}
