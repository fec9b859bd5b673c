import { isHost } from "../../shared/host.ts";

/** What a new worker is asked for before it takes requests. */
export interface WarmupTarget {
  /** As the setting has it. */
  text: string;
  /** Null where only a path is named. */
  scheme: "http" | "https" | null;
  host: string | null;
  /** Percent-encoded; the query without its mark. */
  path: string;
  query: string;
}

export const WARMUP_FORMS = "a path or a URL, such as / or https://shop.example/";

/** Null for what is neither a path nor a URL. */
export function parseWarmupTarget(text: string): WarmupTarget | null {
  const match = /^(?:(https?):\/\/([^/?]+))?(\/[^?]*)?(?:\?(.*))?$/i.exec(text);
  if (!match || /[\p{Cc}#]|%00/u.test(text)) return null;
  const [, scheme = null, host = null, path = host === null ? "" : "/", query = ""] = match;
  if (path === "" || (host !== null && !isHost(host))) return null;
  return {
    text,
    scheme: scheme === null ? null : (scheme.toLowerCase() as "http" | "https"),
    host,
    path: encoded(path),
    query: encoded(query),
  };
}

/** What is encoded already stays so. */
function encoded(text: string): string {
  return encodeURI(text.toWellFormed()).replaceAll("%25", "%");
}
