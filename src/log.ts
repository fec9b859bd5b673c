import { styleText } from "node:util";
import { type DestinationStream, destination, type Logger, pino } from "pino";

export type Log = Logger;
export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "auto" | "text" | "json";

/**
 * A log on a file descriptor: lines for a person on a terminal, one JSON object a line elsewhere.
 *
 * @param descriptor 1 for stdout, 2 for stderr
 */
export function createLog(level: LogLevel, format: LogFormat, descriptor: 1 | 2): Log {
  const isTerminal = (descriptor === 1 ? process.stdout : process.stderr).isTTY === true;
  const asText = format === "text" || (format === "auto" && isTerminal);
  const out = destination({ dest: descriptor, sync: isTerminal });
  const stream: DestinationStream = asText
    ? { write: (line) => out.write(readable(line, isTerminal)) }
    : out;
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  log.flush = (done) => {
    try {
      out.flushSync();
    } catch {
      // whoever read the log is gone
    }
    done?.();
  };
  return log;
}

interface Record {
  level: LogLevel;
  time: string;
  msg?: string;
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
    parts.push(record.msg ?? "");
  }
  if (record.request) parts.push(style("gray", record.request));
  let text = parts.join(" ");
  const detail = record.detail ?? record.err?.stack ?? record.err?.message;
  if (detail) text += `\n${detail.replace(/^/gm, "    ")}`;
  return `${text}\n`;
}

function accessLine(
  access: Access,
  style: (format: Parameters<typeof styleText>[0], text: string) => string,
): string {
  const { status } = access;
  const colour =
    status >= 500 ? "red" : status >= 400 ? "yellow" : status >= 300 ? "gray" : "green";
  const times = `${access.ms} ms (queue ${access.queueMs}, app ${access.appMs})`;
  const cut = access.cut ? ` ${style("red", `cut short: ${access.cut}`)}` : "";
  return `${access.client} ${access.method} ${access.path} ${style(colour, String(status))} ${size(access.bytes)} ${style("gray", times)}${cut}`;
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
