import { isHost } from "../../shared/host.ts";

/** A request that a new worker must answer before it gets client requests. */
export interface WarmupTarget {
  /** As written in the setting `warmup`. */
  text: string;
  /** Null if the setting has only a path. */
  scheme: "http" | "https" | null;
  host: string | null;
  /** Percent-encoded. The query has no question mark. */
  path: string;
  query: string;
}

export const WARMUP_FORMS = "a path or a URL, such as / or https://shop.example/";

/** @returns null if the text is neither a path nor a URL */
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

/** Percent-encode what is not encoded yet. */
function encoded(text: string): string {
  return encodeURI(text.toWellFormed()).replaceAll("%25", "%");
}
