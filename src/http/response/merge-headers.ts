import type { ServerResponse } from "node:http";

/** Headers that both a framework in front and the application may set. */
const MERGED = ["Set-Cookie", "Vary"] as const;

/**
 * Merges the headers that a framework has already set into those of the application. For most headers the application wins.
 * For Set-Cookie and Vary the response has both: the framework's values first, then the application's.
 *
 * @param fields the application's headers (name, value, name, value …), changed in place
 */
export function mergeHeaders(response: ServerResponse, fields: string[]): void {
  for (const name of MERGED) {
    if (!response.hasHeader(name)) continue;
    const values = [response.getHeader(name)].flat();
    fields.unshift(...values.flatMap((value) => [name, String(value)]));
  }
}
