import { closeSync, openSync } from "node:fs";
import { type DestinationStream, destination, type Logger, pino } from "pino";
import { QuintetError } from "./errors.ts";
import { type Destination, LogLosses } from "./log-losses.ts";
import { isTerminal, type LogFormat, type LogLevel, logStyle } from "./log-style.ts";
import { logText } from "./log-text.ts";
import { printableJson } from "./printable.ts";

export type { Access } from "./log-text.ts";

export interface Log extends Logger {
  /** Open the log file again, after it has been moved away. */
  reopen(): void;
  /** Write what can still be written. Later lines are dropped. */
  close(): Promise<void>;
}

/** A log file that the master has opened. */
export interface OpenLog {
  descriptor: number;
  file: string;
}

/** How much of the log is kept while it cannot be written, for example because the disk is full. Further lines are lost. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** How long close() may take to write the rest. */
const CLOSE_TIMEOUT_MS = 1000;

/**
 * Open a log. It writes text for people, or one JSON object per line for programs.
 *
 * @param to 1 for stdout, 2 for stderr, or the path of a file to append to
 * @param front the pid of this front, if there are several and each line must name its front
 * @param opened the descriptor of that file, if the master has opened it
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
    maxLength: MAX_BUFFERED_BYTES,
    // Retry while a pipe is full because nobody reads it, but not after close().
    retryEAGAIN: () => !closed,
  } as Parameters<typeof destination>[0]);
  // reopen() needs the name of the file.
  if (opened !== null) (out as Destination & { file: string }).file = to as string;
  const losses = new LogLosses(out, () => log);
  const stream: DestinationStream = asText
    ? { write: (line) => out.write(logText(line, colours)) }
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
    losses.report();
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

/** flushSync() would try forever if nothing can be written. */
function close(out: Destination): Promise<void> {
  out.write = () => true;
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      out.destroy();
      resolve();
    };
    const timer = setTimeout(done, CLOSE_TIMEOUT_MS);
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
