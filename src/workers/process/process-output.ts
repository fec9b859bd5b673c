import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { reportIfNoDescriptor } from "../../shared/descriptors.ts";
import { killedForMemory } from "./memory.ts";
import { openOutput, STREAMS, type StreamName } from "./output-pipes.ts";
import type { Exit } from "./process-end.ts";
import type { RuntimeDirectory } from "./runtime-directory.ts";

/** Lines of stderr that are kept for the error message if the process does not start. */
const KEPT_LINES = 40;
const MAX_KEPT_LINE_CHARS = 10_000;
/** A longer line is logged in several pieces. */
const MAX_LINE_BYTES = 1024 * 1024;
/** How long to wait for the rest of a process' output after its end. */
const DRAIN_TIMEOUT_MS = 200;
/** After this many turns of the event loop, everything that was accepted before has been read. */
const TURNS_TO_READ = 5;

const LINE_END = 10;
/** Functions that stop reading each open stream. */
const releases = new Set<() => void>();

/** Stop reading all output, because this server ends. From now on, another process reads what surviving programs print. */
export function releaseOutputs(): void {
  for (const release of releases) release();
}

/**
 * What a process prints, line by line, and its exit. A process has ended once it has been reaped and everything that it
 * sent has been read.
 */
export class ProcessOutput {
  /** The last lines of stderr. */
  readonly stderr: string[] = [];
  readonly #directory: RuntimeDirectory;
  readonly #onLine: (level: string, line: string) => void;
  readonly #onEnd: (exit: Exit) => void;
  readonly #streams: Readable[] = [];
  /** How many things have not ended yet: the process itself, its streams and its sockets. */
  #pending = 1;
  #exit: Exit | null = null;
  #settled = false;

  /**
   * @param onLine called for each line, with the level at which it is logged
   * @param onEnd called once, when the process has ended
   */
  constructor(
    directory: RuntimeDirectory,
    onLine: (level: string, line: string) => void,
    onEnd: (exit: Exit) => void,
  ) {
    this.#directory = directory;
    this.#onLine = onLine;
    this.#onEnd = onEnd;
  }

  /**
   * Log what the process writes to pipes that it has made itself.
   *
   * @param base the path of the pipes, without `.stdout` and `.stderr`
   * @param worker the pid of the process
   */
  readPipes(base: string, worker: number): void {
    try {
      for (const stream of STREAMS) {
        this.read(openOutput({ path: `${base}.${stream}`, stream, worker }), stream);
      }
    } catch (error) {
      // The process keeps printing to its previous output.
      reportIfNoDescriptor(error, "open a file");
    }
  }

  /** Log what the process writes to a stream. */
  read(stream: Readable, name: StreamName): void {
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    this.#streams.push(stream);
    this.#pending += 1;
    lines.on("line", (line) => {
      if (name === "stderr") {
        this.stderr.push(line.slice(0, MAX_KEPT_LINE_CHARS));
        if (this.stderr.length > KEPT_LINES) this.stderr.shift();
      }
      this.#onLine("info", line);
    });
    lines.on("close", () => this.#settle());
    let lineBytes = 0;
    let isWhole = true;
    const release = (): void => {
      if (!isWhole) lines.write("\n");
      stream.destroy();
    };
    releases.add(release);
    stream.on("close", () => releases.delete(release));
    stream.on("data", (chunk: Buffer) => {
      isWhole = chunk.at(-1) === LINE_END;
      lineBytes = chunk.includes("\n") ? 0 : lineBytes + chunk.length;
      if (lineBytes < MAX_LINE_BYTES) return;
      lineBytes = 0;
      // readline would keep an endless line in memory.
      lines.write("\n");
    });
  }

  /** Wait for this socket, too, before the process counts as ended. */
  awaitClose(socket: Socket): void {
    this.#pending += 1;
    socket.on("close", () => this.#settle());
  }

  /** The process has been reaped. */
  get exited(): boolean {
    return this.#exit !== null;
  }

  /** Note the exit of the process. Only the first call counts. */
  exit(exit: Exit): void {
    if (this.#exit) return;
    const outOfMemory = exit.signal === "SIGKILL" && killedForMemory();
    this.#exit = { ...exit, outOfMemory };
    // Just before its exit, the process may have connected and sent the reason.
    this.#afterReading(() => this.#settle());
    // A grandchild may keep the output open forever. If this process was not scheduled during the timeout, it still reads
    // first what has arrived meanwhile.
    setTimeout(() => this.#afterReading(() => this.#settle(true)), DRAIN_TIMEOUT_MS).unref();
  }

  /** Run something once all pending connections have been accepted and read. */
  #afterReading(run: () => void): void {
    this.#directory.afterConnected(() => afterTurns(TURNS_TO_READ, run));
  }

  #settle(force = false): void {
    this.#pending -= 1;
    if (!this.#exit || (this.#pending > 0 && !force) || this.#settled) return;
    this.#settled = true;
    // A process that the application has forked may hold the other ends. Its output is still logged, but it does not
    // keep the server from stopping.
    for (const stream of this.#streams) (stream as Socket).unref();
    this.#onEnd(this.#exit);
  }
}

/** Run something after some turns of the event loop. Each turn reads what has arrived. */
function afterTurns(turns: number, run: () => void): void {
  setImmediate(() => (turns > 1 ? afterTurns(turns - 1, run) : run()));
}
