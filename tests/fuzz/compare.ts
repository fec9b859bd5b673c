import { translate } from "./differences.ts";
import type { Outcome, Seen } from "./targets.ts";

/** A connection on which Quintet and Gunicorn behave differently. */
export interface Difference {
  kind: "stricter" | "laxer" | "shows";
  /** What was sent. */
  bytes: string;
  quintet: Outcome;
  gunicorn: Outcome;
  /** The request that only one of them passed to the application; if both did, as Quintet shows it. */
  seen: Seen;
  /** Why the other did not, from its response or log; empty if it only closed the connection. */
  reason: string;
}

/** The first difference between what the application saw behind the two servers, if any. */
export function compare(bytes: string, quintet: Outcome, gunicorn: Outcome): Difference | null {
  const both = { bytes, quintet, gunicorn };
  const most = Math.max(quintet.seen.length, gunicorn.seen.length);
  for (let index = 0; index < most; index += 1) {
    const ours = quintet.seen[index];
    const theirs = gunicorn.seen[index];
    if (!ours) return { ...both, kind: "stricter", seen: theirs as Seen, reason: "" };
    if (!theirs) return { ...both, kind: "laxer", seen: ours, reason: refusal(gunicorn) };
    const one = comparable(ours);
    const other = comparable(translate(theirs));
    if (one !== other)
      return { ...both, kind: "shows", seen: ours, reason: `ours: ${one}, theirs: ${other}` };
  }
  return null;
}

function comparable(seen: Seen): string {
  const headers = { ...seen.headers };
  // Cookies are joined by "; " (RFC 6265, 4.2.1). Gunicorn joins them by a comma, as it does all headers.
  if (headers.HTTP_COOKIE) headers.HTTP_COOKIE = headers.HTTP_COOKIE.replaceAll("; ", ",");
  const sorted = Object.entries(headers).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify({ ...seen, headers: sorted, client: "" });
}

/** What Gunicorn writes in its response to a request that it refuses. */
function refusal(outcome: Outcome): string {
  const page = /<h1><p>[^<]*<\/p><\/h1>\s*([^<]*)/.exec(outcome.text);
  const entities: Record<string, string> = { quot: '"', amp: "&", lt: "<", gt: ">", "#x27": "'" };
  return (page?.[1] ?? "")
    .trim()
    .replace(/&(#x27|\w+);/g, (all, name: string) => entities[name] ?? all);
}
