import { spawnSync } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";

/** The streams that a process prints to, as the names of its pipes end. */
export const STREAMS = ["stdout", "stderr"] as const;
export type StreamName = (typeof STREAMS)[number];

const READING = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** What a process prints, as it is told to whoever holds it open beyond the life of this one. */
export interface Output {
  path: string;
  stream: StreamName;
  /** The pid of the process. */
  worker: number;
}

/** Who wants to know of the pipes that are opened, and of those that have come to their end. */
export interface OutputEvents {
  opened(output: Output): void;
  ended(path: string): void;
}

let events: OutputEvents = { opened() {}, ended() {} };

/** Programs that workers have started print on when this process has ended: then somebody else is to read it. */
export function watchOutputs(watcher: OutputEvents): void {
  events = watcher;
}

/**
 * Read a pipe that a process prints to.
 *
 * @throws {Error} if it is none, or there is no descriptor
 */
export function openOutput(output: Output): Socket {
  const descriptor = openSync(output.path, READING);
  if (fstatSync(descriptor).isFIFO()) return readOutput(descriptor, output);
  closeSync(descriptor);
  throw new Error(`${output.path} is no pipe`);
}

/** The name of the pipe is kept until it has ended, for whoever watches. */
function readOutput(descriptor: number, output: Output): Socket {
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  events.opened(output);
  socket.on("error", () => {});
  socket.on("end", () => {
    rmSync(output.path, { force: true });
    events.ended(output.path);
  });
  return socket;
}

/** Pipes for a process of Node, which has no way to make any. */
export interface MadePipes {
  /** What the process is to have as stdout and stderr. */
  writing: number[];
  /**
   * The process has them, or could not be started.
   *
   * @param worker its pid
   */
  read(worker: number | undefined): Partial<Record<StreamName, Socket>>;
}

/** Null where it cannot be: there is no mkfifo(1), no room or no descriptor. Then the process has sockets. */
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
      // Without a reader none can be opened for writing only.
      reading.push(openSync(path, READING));
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
