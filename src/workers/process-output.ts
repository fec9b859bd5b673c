import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Exit } from "./child.ts";
import type { Home } from "./runtime-directory.ts";
import { reportIfNoDescriptor } from "../shared/descriptors.ts";
import type { WorkerFailure } from "../wire/facts.ts";
import { openOutput, STREAMS } from "./outputs.ts";
import { killedForMemory } from "./memory.ts";

/** How a process ended, and what it said before. */
export interface ProcessEnd extends Exit {
  /** Why it could not start, if it said so. */
  failure: WorkerFailure | null;
  /** Its last words on stderr. */
  stderr: string[];
}

export function describeEnd(end: ProcessEnd): string {
  if (end.outOfMemory) return `killed by ${end.signal}, it seems for want of memory (see dmesg)`;
  if (end.signal) return `killed by ${end.signal}`;
  return end.code === null ? "its connection ended" : `exit status ${end.code}`;
}

/** The end of one that could not even begin. */
export function noProcess(error: Error): ProcessEnd {
  return { code: null, signal: null, error, failure: null, stderr: [] };
}

/** Lines of stderr that are kept. */
const LAST_WORDS = 40;
/** Characters of each. */
const LONGEST_WORD = 10_000;
/** A line that is longer than this is logged as several. */
const LONGEST = 1024 * 1024;
/** Milliseconds that the rest of what a process sent is waited for when it has ended. */
const REST_TIME = 200;

const LINE_END = 10;
/** Ends the reading of what is printed. */
const reading = new Set<() => void>();

/** This server has ended. What is printed by programs that live on is left to whoever reads it now. */
export function releaseOutputs(): void {
  for (const release of reading) release();
}

/** What comes from a process: its lines, and when it has ended and everything it sent is read. */
export class Remains {
  readonly stderr: string[] = [];
  readonly #home: Home;
  readonly #onLine: (level: string, line: string) => void;
  readonly #onEnd: (exit: Exit) => void;
  readonly #outputs: Readable[] = [];
  #waitFor = 1;
  #exit: Exit | null = null;

  constructor(
    home: Home,
    onLine: (level: string, line: string) => void,
    onEnd: (exit: Exit) => void,
  ) {
    this.#home = home;
    this.#onLine = onLine;
    this.#onEnd = onEnd;
  }

  /**
   * Log what it writes into pipes that it has made.
   *
   * @param base their path, without `.stdout` and `.stderr`
   * @param worker its pid
   */
  readOutputs(base: string, worker: number): void {
    try {
      for (const stream of STREAMS)
        this.read(openOutput({ path: `${base}.${stream}`, stream, worker }), stream);
    } catch (error) {
      // It prints on where it did before.
      reportIfNoDescriptor(error, "open a file");
    }
  }

  /** Log what it writes. */
  read(stream: Readable, name: "stdout" | "stderr"): void {
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    this.#outputs.push(stream);
    this.#waitFor += 1;
    lines.on("line", (line) => {
      if (name === "stderr") {
        this.stderr.push(line.slice(0, LONGEST_WORD));
        if (this.stderr.length > LAST_WORDS) this.stderr.shift();
      }
      this.#onLine("info", line);
    });
    lines.on("close", () => this.#settle());
    let length = 0;
    let isWhole = true;
    const release = (): void => {
      if (!isWhole) lines.write("\n");
      stream.destroy();
    };
    reading.add(release);
    stream.on("close", () => reading.delete(release));
    stream.on("data", (chunk: Buffer) => {
      isWhole = chunk.at(-1) === LINE_END;
      length = chunk.includes("\n") ? 0 : length + chunk.length;
      if (length < LONGEST) return;
      length = 0;
      // What never ends would be held until there is no room for it.
      lines.write("\n");
    });
  }

  /** Its end is not complete before this is closed, too. */
  awaitClose(socket: Socket): void {
    this.#waitFor += 1;
    socket.on("close", () => this.#settle());
  }

  get ended(): boolean {
    return this.#exit !== null;
  }

  /** The process has ended. */
  end(exit: Exit): void {
    if (this.#exit) return;
    const outOfMemory = exit.signal === "SIGKILL" && killedForMemory();
    this.#exit = { ...exit, outOfMemory };
    // It may have connected and said why it ends just before.
    this.#afterHeard(() => this.#settle());
    // A grandchild may hold its output open for ever; the rest of it is not waited for. On a machine that has kept us
    // from running all that time, what is there to be read comes first here, too.
    setTimeout(() => this.#afterHeard(() => this.#settle(true)), REST_TIME).unref();
  }

  /** What has been accepted is read in the turns of the loop that follow. */
  #afterHeard(run: () => void): void {
    this.#home.afterConnected(() => afterTurns(5, run));
  }

  #settle(force = false): void {
    this.#waitFor -= 1;
    if (!this.#exit || (this.#waitFor > 0 && !force) || this.#waitFor === -Infinity) return;
    this.#waitFor = -Infinity;
    // A process that the application has forked may hold the other ends. What it prints is still logged, but not
    // waited for when the server stops.
    for (const output of this.#outputs) (output as Socket).unref();
    this.#onEnd(this.#exit);
  }
}

/** Run something after so many turns of the event loop, each of which reads what has come. */
function afterTurns(turns: number, run: () => void): void {
  setImmediate(() => (turns > 1 ? afterTurns(turns - 1, run) : run()));
}
