import { asSeen } from "../by-path.ts";
import type { HeadersByPath } from "../settings/headers.ts";

/** Names in lower case, each with its name and value. */
export type AddedHeaders = ReadonlyMap<string, readonly [string, string]>;

/** A response may have several of these, and each counts: what is there stays. */
const ADDED_UP: ReadonlySet<string> = new Set(["link", "set-cookie", "vary"]);

/** Finds the headers that are set for a path: those of all patterns that fit, of one name that of the longest. */
export class PathHeaders {
  readonly #patterns: { begin: string; exact: boolean; headers: [string, [string, string]][] }[];

  constructor(given: HeadersByPath) {
    this.#patterns = Object.entries(given).map(([pattern, headers]) => {
      const exact = !pattern.endsWith("*");
      return {
        begin: asSeen(exact ? pattern : pattern.slice(0, -1)),
        exact,
        headers: Object.entries(headers).map(([name, value]) => [
          name.toLowerCase(),
          [name, value],
        ]),
      };
    });
    // The one that counts most last: Map keeps what is set last.
    this.#patterns.sort(
      (a, b) => a.begin.length - b.begin.length || Number(a.exact) - Number(b.exact),
    );
  }

  /** @param path SCRIPT_NAME and PATH_INFO, so that no way of writing an address leads past a pattern */
  of(path: string): AddedHeaders | null {
    if (this.#patterns.length === 0) return null;
    const found = new Map<string, [string, string]>();
    for (const { begin, exact, headers } of this.#patterns) {
      if (exact ? path !== begin : !path.startsWith(begin)) continue;
      for (const [name, field] of headers) found.set(name, field);
    }
    return found.size > 0 ? found : null;
  }
}

/**
 * Have a response say what is set for its path, and nothing else in these headers.
 *
 * @param fields name, value, name, value …
 */
export function setHeaders(fields: string[], added: AddedHeaders): void {
  for (let index = fields.length - 2; index >= 0; index -= 2) {
    const name = (fields[index] as string).toLowerCase();
    if (added.has(name) && !ADDED_UP.has(name)) fields.splice(index, 2);
  }
  for (const field of added.values()) fields.push(...field);
}
