import type { Socket } from "node:net";
import { type Command, type Exit, spawnProcess } from "./spawn-process.ts";
import { makePipes } from "./output-pipes.ts";
import type { ProcessOutput } from "./process-output.ts";

/** What is to be run, the same for all workers. */
export interface WorkerOptions extends Command {
  /** What runs the application. */
  runtime: "python" | "node";
  /** `django`, `package.module:attribute`, or the path of a file that Node loads. */
  target: string;
  /** Put first on sys.path. */
  project: string;
  threads: number;
  /** Another process may run the application at the same time. */
  multiprocess: boolean;
  /** Import the application once, and fork: `auto` only if nothing that the import leaves behind forbids it. */
  preload: boolean | "auto";
  /** The Python module that has them; empty for none. */
  hooks: string;
  /** A hop-by-hop header of the application is an error. */
  strictHeaders: boolean;
  /** The folder for temporary files. */
  tempDir: string;
  /** Milliseconds it may take to load the application; 0 for no limit. */
  bootTimeout: number;
}

/** The process under a worker, however it came to be. */
export interface ProcessHandle {
  kill(): void;
  /** Tell a Node process that its stacks are wanted. */
  askForStacks?(): void;
  /** The socket that ends with it. */
  connected?(answers: Socket): void;
}

/** What it says of itself. */
export interface ProcessEvents {
  pid(pid: number): void;
  exit(exit: Exit): void;
}

/** Brings a worker to life. */
export type Launch = (
  startUp: { id: number; output: string },
  remains: ProcessOutput,
  events: ProcessEvents,
) => ProcessHandle;

/** As a new process that imports the application itself. */
export function fresh(options: WorkerOptions): Launch {
  return (startUp, remains, events) => {
    const pipes = options.runtime === "node" ? makePipes(startUp.output) : null;
    const child = spawnProcess(options, startUp, pipes, remains, events.exit);
    events.pid(child.pid ?? 0);
    return {
      kill: () => void child.kill("SIGKILL"),
      askForStacks: () => void child.stdin?.write("stacks\n"),
    };
  };
}
