export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "auto" | "text" | "json";

/** The style of a log. `auto` means text on a terminal and JSON elsewhere. The master's own log lines have the same style. */
export function logStyle(
  format: LogFormat,
  isTerminal: boolean,
): { asText: boolean; colours: boolean } {
  return { asText: format === "text" || (format === "auto" && isTerminal), colours: isTerminal };
}

/** Whether output to a descriptor appears on a terminal. */
export function isTerminal(to: 1 | 2 | string): boolean {
  return typeof to === "number" && (to === 1 ? process.stdout : process.stderr).isTTY === true;
}
