import { styleText } from "node:util";
import type { LogLevel } from "./log-style.ts";
import { printable, printableLines } from "./printable.ts";

/** A line of the log as JSON. */
interface LogRecord {
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

/** One answered request, for the access log. */
export interface Access {
  client: string;
  method: string;
  path: string;
  status: number;
  bytes: number;
  /** The time from the head of the request to the end of the response. */
  ms: number;
  /** The part of it in which the request waited for a worker. */
  queueMs: number;
  /** The part of it in which the application ran. */
  appMs: number;
  /** Why the response was cut short; absent if it was not. */
  cut?: string;
}

const levelStyle = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const;

/** A line of the log as text, from its JSON. */
export function logText(line: string, colours: boolean): string {
  const record = JSON.parse(line) as LogRecord;
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(format, text, { validateStream: false }) : text;
  const parts = [style("gray", record.time.slice(11, 23))];
  if (record.access) {
    parts.push(accessLine(record.access, style));
  } else {
    if (record.level !== "info") parts.push(style(levelStyle[record.level], record.level));
    if (record.worker) parts.push(style("gray", `[${record.worker}]`));
    else if (record.front) parts.push(style("gray", `[front ${record.front}]`));
    // The indent shows that the further lines of a message are not lines of the log.
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
