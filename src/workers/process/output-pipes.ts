import { spawnSync } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";

/** The streams that a process prints to; python/quintet/worker/output.py has the same list. */
export const STREAMS = ["stdout", "stderr"] as const;
export type StreamName = (typeof STREAMS)[number];

const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** A pipe that a process prints to. */
export interface Output {
  path: string;
  stream: StreamName;
  /** The pid of the process. */
  worker: number;
}

/** Is notified of the pipes that this process reads. */
export interface OutputListener {
  opened(output: Output): void;
  /** All writers have closed the pipe. */
  ended(path: string): void;
}

let listener: OutputListener = { opened() {}, ended() {} };

/**
 * Report the pipes of all workers, so that another process can keep them open: programs that workers have started may print
 * after this process has ended.
 */
export function watchOutputs(watcher: OutputListener): void {
  listener = watcher;
}

/**
 * Read a pipe that a process prints to.
 *
 * @throws {Error} if it is not a pipe, or there is no free descriptor
 */
export function openOutput(output: Output): Socket {
  const descriptor = openSync(output.path, READ_FLAGS);
  if (fstatSync(descriptor).isFIFO()) return readOutput(descriptor, output);
  closeSync(descriptor);
  throw new Error(`${output.path} is not a pipe`);
}

/** The pipe's name stays until the pipe ends, so that the listener can open it. */
function readOutput(descriptor: number, output: Output): Socket {
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  listener.opened(output);
  socket.on("error", () => {});
  socket.on("end", () => {
    rmSync(output.path, { force: true });
    listener.ended(output.path);
  });
  return socket;
}

/** Named pipes for a Node process, which cannot create any itself. */
export interface MadePipes {
  /** The descriptors that the process gets as stdout and stderr. */
  writing: number[];
  /**
   * Start to read, once the process has the descriptors.
   *
   * @param worker the pid of the process; undefined if it could not be started
   */
  read(worker: number | undefined): Partial<Record<StreamName, Socket>>;
}

/**
 * Make named pipes.
 *
 * @param base their path, without `.stdout` and `.stderr`
 * @returns null if mkfifo(1), disk space or a descriptor is missing; then the process gets sockets
 */
export function makePipes(base: string): MadePipes | null {
  const paths = STREAMS.map((stream) => `${base}.${stream}`);
  const made = spawnSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" });
  if (made.status !== 0) return null;
  const reading: number[] = [];
  const writing: number[] = [];
  const close = (descriptors: number[]): void => {
    for (const each of descriptors) closeSync(each);
  };
  const abandon = (): void => {
    close(reading);
    for (const path of paths) rmSync(path, { force: true });
  };
  try {
    for (const path of paths) {
      // A pipe without a reader cannot be opened for writing only.
      reading.push(openSync(path, READ_FLAGS));
      writing.push(openSync(path, constants.O_WRONLY));
    }
  } catch {
    close(writing);
    abandon();
    return null;
  }
  const read: MadePipes["read"] = (worker) => {
    close(writing);
    if (worker === undefined) {
      abandon();
      return {};
    }
    const [stdout, stderr] = STREAMS.map((stream, index) =>
      readOutput(reading[index] as number, { path: paths[index] as string, stream, worker }),
    ) as [Socket, Socket];
    return { stdout, stderr };
  };
  return { writing, read };
}
