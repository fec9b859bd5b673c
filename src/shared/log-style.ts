export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "auto" | "text" | "json";

/** How a log is to look; `auto` is text on a terminal. The master of the fronts is told the same. */
export function logStyle(
  format: LogFormat,
  isTerminal: boolean,
): { asText: boolean; colours: boolean } {
  return { asText: format === "text" || (format === "auto" && isTerminal), colours: isTerminal };
}

/** Whether what is written there is seen on a terminal. */
export function isTerminal(to: 1 | 2 | string): boolean {
  return typeof to === "number" && (to === 1 ? process.stdout : process.stderr).isTTY === true;
}
