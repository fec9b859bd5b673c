import { toWsgiPath } from "../shared/by-path.ts";
import type { HeadersByPath } from "../config/headers.ts";

/** Names in lower case, each with its name and value. */
export type AddedHeaders = ReadonlyMap<string, readonly [string, string]>;

/** A response may have several of these: they are added to its own. */
const ADDED_UP: ReadonlySet<string> = new Set(["link", "set-cookie", "vary"]);

/** Finds the headers for a path: those of all patterns that fit. For the same header the longest pattern wins. */
export class PathHeaders {
  readonly #patterns: { begin: string; exact: boolean; headers: [string, [string, string]][] }[];

  constructor(given: HeadersByPath) {
    this.#patterns = Object.entries(given).map(([pattern, headers]) => {
      const exact = !pattern.endsWith("*");
      return {
        begin: toWsgiPath(exact ? pattern : pattern.slice(0, -1)),
        exact,
        headers: Object.entries(headers).map(([name, value]) => [
          name.toLowerCase(),
          [name, value],
        ]),
      };
    });
    // The pattern that wins comes last: it overwrites the others.
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
 * Set these headers in a response, in place of its own.
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
