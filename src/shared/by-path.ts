/** One value for all paths, or a value for each pattern: an exact path, or a path prefix that ends in `*`. */
export type ByPath<Value> = Value | Readonly<Record<string, Value>>;

/** The forms of a pattern, for an error message. */
export const PATTERN_FORMS = "a path such as /upload/, or a path prefix such as /upload/*";

export function isPattern(text: string): boolean {
  return /^\/[^*]*\*?$|^\*$/.test(text);
}

/** A text as an application gets it: its UTF-8 bytes, each as one character (PEP 3333, "A Note On String Types"). */
export function toWsgiText(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** A path from a setting, percent-encoded or not, as an application gets it in SCRIPT_NAME and PATH_INFO. */
export function toWsgiPath(path: string): string {
  return unescapePath(toWsgiText(path));
}

/** Percent-decode a path to bytes, each as one character. Text that is not a valid escape stays as it is. */
export function unescapePath(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Whether a path has the segments `.` or `..`, which clients resolve, or two slashes in a row. */
export function hasSteps(path: string): boolean {
  return /(^|\/)\.{1,2}(\/|$)|\/\//.test(path);
}

interface Prefix<Value> {
  prefix: string;
  value: Value;
}

/** Finds the value for a path. The pattern that equals the path wins, then the longest prefix. */
export class PathValues<Value> {
  readonly #exact: Map<string, Value> = new Map();
  readonly #prefixes: Prefix<Value>[] = [];
  readonly #fallback: Value;

  /** @param fallback the value of a path that matches no pattern */
  constructor(given: ByPath<Value>, fallback: Value) {
    if (typeof given !== "object" || given === null) {
      this.#fallback = given as Value;
      return;
    }
    this.#fallback = fallback;
    for (const [pattern, value] of Object.entries(given as Record<string, Value>)) {
      const path = toWsgiPath(pattern);
      if (path.endsWith("*")) this.#prefixes.push({ prefix: path.slice(0, -1), value });
      else this.#exact.set(path, value);
    }
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** @param path SCRIPT_NAME and PATH_INFO. They are decoded, so an encoded URL cannot avoid a pattern */
  of(path: string): Value {
    if (this.#exact.size > 0 && this.#exact.has(path)) return this.#exact.get(path) as Value;
    for (const { prefix, value } of this.#prefixes) if (path.startsWith(prefix)) return value;
    return this.#fallback;
  }
}
