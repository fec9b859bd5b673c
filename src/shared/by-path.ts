/** A value for all paths, or values by pattern: an exact path, or a prefix that ends in `*`. */
export type ByPath<Value> = Value | Readonly<Record<string, Value>>;

/** What a pattern should be, as a message says it. */
export const PATTERN_FORMS = "a path such as /upload/, or a path prefix such as /upload/*";

export function isPattern(text: string): boolean {
  return /^\/[^*]*\*?$|^\*$/.test(text);
}

/** A text as an application sees it: each byte one character (PEP 3333). */
export function toWsgiText(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** A path of a setting, written as a person writes it or with escapes, as an application sees it. */
export function toWsgiPath(path: string): string {
  return unescapePath(toWsgiText(path));
}

/** Percent-decoded bytes, each as one character. What is no escape stays as it is. */
export function unescapePath(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Whether a path has steps such as `..`, which clients resolve, or two slashes in a row. */
export function hasSteps(path: string): boolean {
  return /(^|\/)\.{1,2}(\/|$)|\/\//.test(path);
}

interface Prefix<Value> {
  begin: string;
  value: Value;
}

/** Finds the value for a path: that of the pattern that is the path, else that of the longest that begins it. */
export class PathValues<Value> {
  readonly #exact: Map<string, Value> = new Map();
  readonly #prefixes: Prefix<Value>[] = [];
  readonly #otherwise: Value;

  /** @param otherwise where no pattern fits */
  constructor(given: ByPath<Value>, otherwise: Value) {
    if (typeof given !== "object" || given === null) {
      this.#otherwise = given as Value;
      return;
    }
    this.#otherwise = otherwise;
    for (const [pattern, value] of Object.entries(given as Record<string, Value>)) {
      const path = toWsgiPath(pattern);
      if (path.endsWith("*")) this.#prefixes.push({ begin: path.slice(0, -1), value });
      else this.#exact.set(path, value);
    }
    this.#prefixes.sort((a, b) => b.begin.length - a.begin.length);
  }

  /** @param path SCRIPT_NAME and PATH_INFO, so that no way of writing an address leads past a pattern */
  of(path: string): Value {
    if (this.#exact.size > 0 && this.#exact.has(path)) return this.#exact.get(path) as Value;
    for (const { begin, value } of this.#prefixes) if (path.startsWith(begin)) return value;
    return this.#otherwise;
  }
}
