/** A response as received. */
export interface RawResponse {
  status: number;
  line: string;
  /** Lower-case names; a repeated header's values are joined by ", ". */
  headers: Record<string, string>;
  body: string;
}

/**
 * Take the whole responses that a connection has received apart, by our own reading of RFC 9112.
 *
 * @param methods the request methods, if some are HEAD
 */
export function parseResponses(text: string, methods: string[] = []): RawResponse[] {
  const found: RawResponse[] = [];
  for (let rest = text; rest !== "";) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) break;
    const [line = "", ...lines] = rest.slice(0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(line)?.[1]);
    if (!status) throw new Error(`no status line: ${JSON.stringify(rest.slice(0, 200))}`);
    const headers: Record<string, string> = {};
    for (const each of lines) {
      const mark = each.indexOf(":");
      const name = each.slice(0, mark).toLowerCase();
      const value = each.slice(mark + 1).trim();
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
    rest = rest.slice(end + 4);
    const bodiless =
      status < 200 || status === 204 || status === 304 || methods[found.length] === "HEAD";
    const framed = bodiless ? { body: "", rest } : takeBody(rest, headers);
    if (framed === null) break;
    rest = framed.rest;
    if (status >= 200) found.push({ status, line, headers, body: framed.body });
  }
  return found;
}

/** Null if the body is incomplete. Without framing, it is everything received. */
function takeBody(
  text: string,
  headers: Record<string, string>,
): { body: string; rest: string } | null {
  if (headers["transfer-encoding"] === "chunked") return takeChunks(text);
  const length = headers["content-length"];
  if (length === undefined) return { body: text, rest: "" };
  if (text.length < Number(length)) return null;
  return { body: text.slice(0, Number(length)), rest: text.slice(Number(length)) };
}

function takeChunks(text: string): { body: string; rest: string } | null {
  let body = "";
  for (let rest = text; ;) {
    const match = /^([0-9a-f]+)\r\n/i.exec(rest);
    if (!match) return null;
    const size = Number.parseInt(match[1] as string, 16);
    const from = match[0].length;
    if (rest.length < from + size + 2) return null;
    body += rest.slice(from, from + size);
    rest = rest.slice(from + size + 2);
    if (size === 0) return { body, rest };
  }
}
