import { toWsgiPath } from "../../shared/by-path.ts";
import type { HeadersByPath } from "../../config/values/headers.ts";

/** The headers that the setting `headers` adds to a response: the key is the name in lower case, the value [name, value]. */
export type AddedHeaders = ReadonlyMap<string, readonly [string, string]>;

/** Headers that a response may have several times, so they are added to its own and replace none. */
const REPEATABLE: ReadonlySet<string> = new Set(["link", "set-cookie", "vary"]);

interface PathPattern {
  /** The whole path, or the beginning of it. */
  path: string;
  isExact: boolean;
  /** The name in lower case, then [name, value]. */
  headers: [string, [string, string]][];
}

/**
 * Finds the headers of a path: those of all matching patterns. If several patterns have the same header, the longest pattern
 * wins.
 */
export class PathHeaders {
  readonly #patterns: PathPattern[];

  constructor(headersByPath: HeadersByPath) {
    this.#patterns = Object.entries(headersByPath).map(([pattern, headers]) => {
      const isExact = !pattern.endsWith("*");
      return {
        path: toWsgiPath(isExact ? pattern : pattern.slice(0, -1)),
        isExact,
        headers: Object.entries(headers).map(([name, value]) => [
          name.toLowerCase(),
          [name, value],
        ]),
      };
    });
    // Later patterns overwrite earlier ones, so the strongest comes last.
    this.#patterns.sort(
      (a, b) => a.path.length - b.path.length || Number(a.isExact) - Number(b.isExact),
    );
  }

  /**
   * @param path SCRIPT_NAME and PATH_INFO, decoded, so that no spelling of an address bypasses a pattern
   * @returns null for none
   */
  of(path: string): AddedHeaders | null {
    if (this.#patterns.length === 0) return null;
    const found = new Map<string, [string, string]>();
    for (const { path: begin, isExact, headers } of this.#patterns) {
      if (isExact ? path !== begin : !path.startsWith(begin)) continue;
      for (const [name, field] of headers) found.set(name, field);
    }
    return found.size > 0 ? found : null;
  }
}

/**
 * Adds headers to a response. They replace its own headers of the same name, except those that may be repeated.
 *
 * @param fields the headers of the response (name, value, name, value …), changed in place
 */
export function replaceHeaders(fields: string[], added: AddedHeaders): void {
  for (let index = fields.length - 2; index >= 0; index -= 2) {
    const name = (fields[index] as string).toLowerCase();
    if (added.has(name) && !REPEATABLE.has(name)) fields.splice(index, 2);
  }
  for (const field of added.values()) fields.push(...field);
}
