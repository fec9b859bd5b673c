import { isPattern, PATTERN_FORMS } from "../../shared/by-path.ts";
import { HOP_BY_HOP } from "../../shared/hop-by-hop.ts";

/** Response headers by path: `{ "/media/*": { "Content-Security-Policy": "sandbox" } }`. */
export type HeadersByPath = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const HEADERS_FORMS = "a path and a header, such as /media/*=X-Frame-Options: DENY";

/** They describe the body, which only its maker knows. */
const OF_THE_BODY = new Set(["content-length", "content-encoding", "content-range"]);

/**
 * From a record, or from texts such as `/media/*=X-Frame-Options: DENY`.
 *
 * @param refused throws for what it is given
 */
export function readHeaders(
  value: unknown,
  refused: (expected: string, wrong?: unknown) => never,
): HeadersByPath {
  const found: Record<string, Record<string, string>> = {};
  for (const [pattern, name, text] of triplesOf(value, refused)) {
    if (!isPattern(pattern)) refused(`for ${PATTERN_FORMS}`, pattern);
    check(name, text, refused);
    (found[pattern] ??= {})[name] = text as string;
  }
  return found;
}

function check(
  name: string,
  value: unknown,
  refused: (expected: string, wrong?: unknown) => never,
): void {
  const lower = name.toLowerCase();
  // Loaded when there is something to check: the command that starts a server does without HTTP.
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule("node:http");
  try {
    validateHeaderName(name);
  } catch {
    refused("for a header name, such as X-Frame-Options", name);
  }
  if (HOP_BY_HOP.has(lower)) refused("without headers about the connection", name);
  if (OF_THE_BODY.has(lower)) refused("without headers that describe the body", name);
  if (typeof value !== "string") refused(`a text for ${name}`, value);
  try {
    validateHeaderValue(name, value as string);
  } catch {
    refused(`a text of one line, in Latin-1, for ${name}`, value);
  }
}

function triplesOf(
  value: unknown,
  refused: (expected: string, wrong?: unknown) => never,
): [string, string, unknown][] {
  if (Array.isArray(value)) {
    return value.map((text: unknown) => {
      const match = typeof text === "string" ? TEXT.exec(text) : null;
      if (match === null) return refused(HEADERS_FORMS, text);
      return [match[1] ?? "*", match[2] as string, match[3]];
    });
  }
  const isRecord = (each: unknown): each is object =>
    typeof each === "object" && each !== null && !Array.isArray(each);
  if (!isRecord(value)) return refused(`such as { "/media/*": { "X-Frame-Options": "DENY" } }`);
  return Object.entries(value).flatMap(([pattern, headers]) => {
    if (!isRecord(headers)) return refused(`names and values for ${pattern}`, headers);
    return Object.entries(headers).map(
      ([name, text]) => [pattern, name, text] as [string, string, unknown],
    );
  });
}

/** A pattern and `=`, if it is not for all paths; a name, a colon, a value. */
const TEXT = /^(?:([/*][^=]*)=)?([^:]+?):[ \t]*(.*?)[ \t]*$/s;
