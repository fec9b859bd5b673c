import { closeSync, openSync } from "node:fs";
import { styleText } from "node:util";
import { type DestinationStream, destination, type Logger, pino } from "pino";
import { QuintetError } from "./errors.ts";
import { printable, printableJson, printableLines } from "./printable.ts";
import { isTerminal, type LogFormat, type LogLevel, logStyle } from "./log-style.ts";

type Destination = ReturnType<typeof destination>;

export interface Log extends Logger {
  /** Its file has been moved away: go on in a new one of that name. */
  reopen(): void;
  /** Resolves when all is written that can be; what comes then is not logged. */
  close(): Promise<void>;
}

/** A log file that somebody else has opened. */
export interface OpenLog {
  descriptor: number;
  file: string;
}

/** Bytes of the log that are kept while they cannot be written, because the disk is full, say. What is beyond is lost. */
const KEPT = 4 * 1024 * 1024;

/** Milliseconds in which the rest of the log is to be written. */
const CLOSE_TIME = 1000;

/**
 * A log: lines for a person on a terminal, one JSON object a line elsewhere.
 *
 * @param to 1 for stdout, 2 for stderr, or the path of a file, to whose end it is written
 * @param front the pid of this front, where there are several and each line is to name it
 * @param opened the descriptor of that file, where somebody has opened it for us
 * @throws {QuintetError} QUINTET_LOG_FILE
 */
export function createLog(
  level: LogLevel,
  format: LogFormat,
  to: 1 | 2 | string,
  front: number | null = null,
  opened: number | null = null,
): Log {
  const onTerminal = isTerminal(to);
  const { asText, colours } = logStyle(format, onTerminal);
  if (typeof to === "string" && opened === null) checkFile(to);
  let closed = false;
  const out = destination({
    dest: opened ?? to,
    sync: onTerminal,
    maxLength: KEPT,
    // A pipe that is full, for nobody reads it, is tried again and again; but not when that is all that is left to do.
    retryEAGAIN: () => !closed,
  } as Parameters<typeof destination>[0]);
  // It opens anew only a file that it knows by name.
  if (opened !== null) (out as Destination & { file: string }).file = to as string;
  const losses = new Losses(out, () => log);
  const stream: DestinationStream = asText
    ? { write: (line) => out.write(readable(line, colours)) }
    : { write: (line) => out.write(printableJson(line)) };
  const logger = pino(
    {
      level,
      base: front === null ? null : { front },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const reopen = (): void => {
    if (typeof to !== "string") return;
    losses.over();
    out.reopen();
  };
  const log: Log = Object.assign(logger, {
    reopen,
    close: async () => {
      losses.forget();
      await close(out);
      closed = true;
    },
  });
  return log;
}

/** Not flushSync, which tries for ever where nothing can be written. */
function close(out: Destination): Promise<void> {
  out.write = () => true;
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      out.destroy();
      resolve();
    };
    const timer = setTimeout(done, CLOSE_TIME);
    out.once("close", done);
    out.once("error", done);
    out.end();
  });
}

function checkFile(file: string): void {
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    const { message } = error as Error;
    throw new QuintetError("QUINTET_LOG_FILE", `The log cannot be written to ${file}: ${message}`, {
      cause: error,
      advice: "Name another file with --log-file, or none: then the log goes to stdout.",
    });
  }
}

/** Those of the logs that are open. */
const open = new Set<Losses>();
process.prependListener("exit", () => {
  for (const each of open) each.atExit();
});

/** What becomes of a log that cannot be written: the server goes on, and the log says later what it lacks. */
class Losses {
  readonly #log: () => Log;
  readonly #out: Destination;
  #error: Error | null = null;
  #lines = 0;

  constructor(out: Destination, log: () => Log) {
    this.#log = log;
    this.#out = out;
    open.add(this);
    out.on("error", (error: Error) => {
      this.#error = error;
    });
    out.on("drop", () => (this.#lines += 1));
    out.on("write", () => this.#error !== null && this.over());
    // Where it is only read too slowly more is lost as long as this is full.
    out.on("drain", () => this.over());
    // What is left is written when the process exits, which does not come to its end where that cannot be done.
  }

  /** It is closed. */
  forget(): void {
    open.delete(this);
  }

  /** What is left is written when the process exits, which does not come to its end where that cannot be done. */
  atExit(): void {
    if (this.#error !== null) this.#out.destroy();
  }

  /** It can be written again. */
  over(): void {
    const [error, lines] = [this.#error, this.#lines];
    if (error === null && lines === 0) return;
    this.#error = null;
    this.#lines = 0;
    const lost =
      lines === 0 ? "no line is lost" : lines === 1 ? "a line is lost" : `${lines} lines are lost`;
    setImmediate(() =>
      this.#log().error(
        `the log could not be written (${error?.message ?? "nobody read it"}): ${lost}`,
      ),
    );
  }
}

interface Record {
  level: LogLevel;
  time: string;
  msg?: string;
  front?: number;
  worker?: number;
  request?: string;
  access?: Access;
  detail?: string;
  err?: { stack?: string; message?: string };
}

/** One answered request. Times are milliseconds: in all, waiting for a worker, and in the application. */
export interface Access {
  client: string;
  method: string;
  path: string;
  status: number;
  bytes: number;
  ms: number;
  queueMs: number;
  appMs: number;
  /** Why the response is not whole. */
  cut?: string;
}

const levelStyle = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const;

function readable(line: string, colours: boolean): string {
  const record = JSON.parse(line) as Record;
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(format, text, { validateStream: false }) : text;
  const parts = [style("gray", record.time.slice(11, 23))];
  if (record.access) {
    parts.push(accessLine(record.access, style));
  } else {
    if (record.level !== "info") parts.push(style(levelStyle[record.level], record.level));
    if (record.worker) parts.push(style("gray", `[${record.worker}]`));
    else if (record.front) parts.push(style("gray", `[front ${record.front}]`));
    // What a message has below its first line cannot be taken for a line of the log.
    parts.push(indented(record.msg ?? ""));
  }
  if (record.request) parts.push(style("gray", record.request));
  let text = parts.join(" ");
  const detail = record.detail ?? record.err?.stack ?? record.err?.message;
  if (detail) text += `\n    ${indented(detail)}`;
  return `${text}\n`;
}

function indented(text: string): string {
  return printableLines(text).replaceAll("\n", "\n    ");
}

function accessLine(
  access: Access,
  style: (format: Parameters<typeof styleText>[0], text: string) => string,
): string {
  const { status } = access;
  const colour =
    status >= 500 ? "red" : status >= 400 ? "yellow" : status >= 300 ? "gray" : "green";
  const times = `${access.ms} ms (queue ${access.queueMs}, app ${access.appMs})`;
  const cut = access.cut ? ` ${style("red", `cut short: ${printable(access.cut)}`)}` : "";
  const what = printable(`${access.client} ${access.method} ${access.path}`);
  return `${what} ${style(colour, String(status))} ${size(access.bytes)} ${style("gray", times)}${cut}`;
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
