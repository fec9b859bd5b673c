import type { Socket } from "node:net";
import { makePipes } from "./output-pipes.ts";
import { type Command, spawnProcess } from "./spawn-process.ts";
import type { ProcessStartUp } from "../../wire/start-up.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

/** What a worker runs, and how. The same for all workers of a pool. */
export interface WorkerOptions extends Command {
  /** What runs the application. */
  runtime: "python" | "node";
  /** `django`, `package.module:attribute`, or the path of a file that Node loads. */
  target: string;
  /** The folder that is put first on sys.path. */
  project: string;
  threads: number;
  /** Another process may run the application at the same time. */
  multiprocess: boolean;
  /** Import the application once, and fork. `auto`: only if nothing that the import leaves behind forbids it. */
  preload: boolean | "auto";
  /** The Python module with the hooks; empty for none. */
  hooks: string;
  /** Whether a hop-by-hop header set by the application is an error. */
  strictHeaders: boolean;
  /** The folder for temporary files. */
  tempDir: string;
  /** How long a worker may take to load the application; 0 for no limit. */
  bootTimeoutMs: number;
}

/** What can be done to the process of a worker, whether it was spawned or forked. */
export interface ProcessHandle {
  /** Send SIGKILL. */
  kill(): void;
  /** Ask a Node process for its stacks. */
  requestStacks?(): void;
  /** The worker has opened the connection for its answers, which closes when the process ends. */
  connected?(answers: Socket): void;
}

/**
 * Starts the process of a worker.
 *
 * @param owner is notified of its pid, its output and its exit
 */
export type StartWorker = (startUp: ProcessStartUp, owner: SupervisedProcess) => ProcessHandle;

/** Start workers as new processes. Each imports the application itself. */
export function spawnWorker(options: WorkerOptions): StartWorker {
  return (startUp, owner) => {
    const pipes = options.runtime === "node" ? makePipes(startUp.output) : null;
    const child = spawnProcess(options, startUp, pipes, owner);
    return {
      kill: () => void child.kill("SIGKILL"),
      requestStacks: () => void child.stdin?.write("stacks\n"),
    };
  };
}
