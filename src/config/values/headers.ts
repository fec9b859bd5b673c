import { isPattern, PATTERN_FORMS } from "../../shared/by-path.ts";
import type { Refuse } from "../settings/setting.ts";
import { HOP_BY_HOP } from "../../shared/hop-by-hop.ts";

/** Response headers by path: `{ "/media/*": { "Content-Security-Policy": "sandbox" } }`. */
export type HeadersByPath = Readonly<Record<string, Readonly<Record<string, string>>>>;

const HEADERS_FORMS = "a path and a header, such as /media/*=X-Frame-Options: DENY";

/** These describe the body, so only the application or the front can set them. */
const BODY_HEADERS = new Set(["content-length", "content-encoding", "content-range"]);

/**
 * @param value a record, or a list of texts such as `/media/*=X-Frame-Options: DENY`
 * @param refuse throws QUINTET_SETTING for what is wrong
 */
export function readHeaders(value: unknown, refuse: Refuse): HeadersByPath {
  const found: Record<string, Record<string, string>> = {};
  for (const [pattern, name, text] of triplesOf(value, refuse)) {
    if (!isPattern(pattern)) refuse(`set for ${PATTERN_FORMS}`, pattern);
    check(name, text, refuse);
    (found[pattern] ??= {})[name] = text as string;
  }
  return found;
}

function check(name: string, value: unknown, refuse: Refuse): void {
  const lower = name.toLowerCase();
  // Loaded only when there is a header to check, so that the command that starts a server does not load HTTP.
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule("node:http");
  try {
    validateHeaderName(name);
  } catch {
    refuse("a valid header name, such as X-Frame-Options", name);
  }
  if (HOP_BY_HOP.has(lower)) refuse("a header that is not about the connection", name);
  if (BODY_HEADERS.has(lower)) refuse("a header that does not describe the body", name);
  if (typeof value !== "string") refuse(`a string for ${name}`, value);
  try {
    validateHeaderValue(name, value as string);
  } catch {
    refuse(`one line of Latin-1 text for ${name}`, value);
  }
}

function triplesOf(value: unknown, refuse: Refuse): [string, string, unknown][] {
  if (Array.isArray(value)) {
    return value.map((text: unknown) => {
      const match = typeof text === "string" ? TEXT.exec(text) : null;
      if (match === null) return refuse(HEADERS_FORMS, text);
      return [match[1] ?? "*", match[2] as string, match[3]];
    });
  }
  const isRecord = (each: unknown): each is object =>
    typeof each === "object" && each !== null && !Array.isArray(each);
  if (!isRecord(value))
    return refuse('a record, such as { "/media/*": { "X-Frame-Options": "DENY" } }');
  return Object.entries(value).flatMap(([pattern, headers]) => {
    if (!isRecord(headers)) return refuse(`a record of names and values for ${pattern}`, headers);
    return Object.entries(headers).map(
      ([name, text]) => [pattern, name, text] as [string, string, unknown],
    );
  });
}

/** Optionally a pattern and `=`, then a name, a colon and a value. */
const TEXT = /^(?:([/*][^=]*)=)?([^:]+?):[ \t]*(.*?)[ \t]*$/s;
