import type { ServerResponse } from "node:http";

/** Headers that a framework in front and the application may both have something to say in. */
const ADDED_UP = ["Set-Cookie", "Vary"] as const;

/**
 * What a framework has set before the application is replaced by what the application sets. These are not: its values are
 * put in front of the application's.
 *
 * @param parts name, value, name, value …
 */
export function addUp(response: ServerResponse, parts: string[]): void {
  for (const name of ADDED_UP) {
    if (!response.hasHeader(name)) continue;
    const values = [response.getHeader(name)].flat();
    parts.unshift(...values.flatMap((value) => [name, String(value)]));
  }
}
