import type { Socket } from "node:net";
import type { Exit } from "./process-end.ts";
import type { ProcessHandle } from "./start-worker.ts";
import type { SupervisedProcess } from "./supervised-process.ts";
import type { Zygote } from "./zygote.ts";

/** How long a zygote may take to fork. Usually it takes one or two milliseconds. */
const FORK_TIMEOUT_MS = 5000;
/** How long after a worker's connection closes the zygote may take to report how the worker ended. */
const EXIT_REPORT_TIMEOUT_MS = 1000;

/**
 * The process of a worker that a zygote has forked, or is asked to fork. It survives the zygote's death; then only the end of
 * its connection shows that it has exited.
 */
export class ForkedProcess implements ProcessHandle {
  readonly id: number;
  /** 0 until the zygote has reported it. */
  pid = 0;
  /** The process is the zygote itself, which has become the worker. */
  readonly isZygote: boolean;
  readonly #zygote: Zygote;
  readonly #owner: SupervisedProcess;
  readonly #forkTimer: NodeJS.Timeout;
  #killed = false;
  #exited = false;
  #answers: Socket | null = null;

  constructor(zygote: Zygote, id: number, owner: SupervisedProcess, isZygote: boolean) {
    this.#zygote = zygote;
    this.id = id;
    this.#owner = owner;
    this.isZygote = isZygote;
    // Killing a zygote that hangs or is stopped makes another one start.
    this.#forkTimer = setTimeout(() => zygote.kill(), FORK_TIMEOUT_MS).unref();
  }

  /** The zygote has forked. */
  forked(pid: number): void {
    clearTimeout(this.#forkTimer);
    this.pid = pid;
    this.#owner.started(pid);
    if (this.#killed) this.kill();
  }

  connected(answers: Socket): void {
    this.#answers = answers;
    answers.on("close", () => {
      if (this.#zygote.exited && !this.isZygote) return this.#exitUnreported();
      setTimeout(() => this.#exitUnreported(), EXIT_REPORT_TIMEOUT_MS).unref();
    });
  }

  /** The zygote has reported how the process ended, or that it could not fork. */
  exit(exit: Exit): void {
    this.#exited = true;
    clearTimeout(this.#forkTimer);
    this.#zygote.forget(this);
    this.#owner.output.exit(exit);
  }

  /** The zygote has ended. A worker that has not connected yet is killed, because its exit would go unnoticed. */
  orphaned(exit: Exit): void {
    if (this.isZygote) this.exit(exit);
    else if (!this.#answers || this.#answers.destroyed) this.#exitUnreported();
  }

  kill(): void {
    this.#killed = true;
    // After its exit the pid may belong to another process.
    const exited = this.#exited || (this.#zygote.exited && this.#answers?.destroyed);
    if (this.pid === 0 || exited) return;
    try {
      process.kill(this.pid, "SIGKILL");
    } catch {
      // The process has just ended.
    }
  }

  /** The zygote has not reported how the process ended. */
  #exitUnreported(): void {
    if (this.#exited) return;
    this.kill();
    this.exit({ code: null, signal: null, error: null });
  }
}
