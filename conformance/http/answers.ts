/** One answer of a server. */
export interface Answer {
  status: number;
  line: string;
  /** Lower-case names; the values of a repeated header joined by ", ". */
  headers: Record<string, string>;
  /** One character a byte; chunks taken apart. */
  body: string;
  /** It came to its end. */
  whole: boolean;
}

/**
 * Take what a connection has received apart, by RFC 9112. Interim answers (1xx) are left out.
 *
 * @param methods the request methods, if some are HEAD
 * @param closed the connection has ended, and with it a body without a length; one that misses its end is not whole
 */
export function parseAnswers(text: string, methods: string[], closed: boolean): Answer[] {
  const found: Answer[] = [];
  for (let rest = text; ;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return found;
    const [line = "", ...lines] = rest.slice(0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1] ?? 0);
    if (status === 0) return found;
    const headers = parseFields(lines);
    rest = rest.slice(end + 4);
    if (status < 200 && status !== 101) continue;
    const bodiless = status === 204 || status === 304 || methods[found.length] === "HEAD";
    const framed = bodiless ? { body: "", rest, whole: true } : takeBody(rest, headers, closed);
    if (!framed.whole && !closed) return found;
    found.push({ status, line, headers, body: framed.body, whole: framed.whole });
    rest = framed.rest;
  }
}

function parseFields(lines: string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const each of lines) {
    const mark = each.indexOf(":");
    const name = each.slice(0, mark).toLowerCase();
    const value = each.slice(mark + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

interface Framed {
  body: string;
  rest: string;
  whole: boolean;
}

function takeBody(text: string, headers: Record<string, string>, closed: boolean): Framed {
  if (headers["transfer-encoding"]?.toLowerCase() === "chunked") return takeChunks(text);
  const length = headers["content-length"];
  if (length === undefined) return { body: text, rest: "", whole: closed };
  const size = Number(length);
  return { body: text.slice(0, size), rest: text.slice(size), whole: text.length >= size };
}

function takeChunks(text: string): Framed {
  let body = "";
  for (let rest = text; ;) {
    const match = /^([0-9a-f]+)\r\n/i.exec(rest);
    if (!match) return { body, rest: "", whole: false };
    const size = Number.parseInt(match[1] as string, 16);
    const from = match[0].length;
    const chunk = rest.slice(from, from + size);
    if (rest.length < from + size + 2) return { body: body + chunk, rest: "", whole: false };
    body += chunk;
    rest = rest.slice(from + size + 2);
    if (size === 0) return { body, rest, whole: true };
  }
}
