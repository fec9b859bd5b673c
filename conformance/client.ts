import { raw, type RawConnection } from "../testing/socket.ts";

/** A response as a client of HTTP/1.1 understands it (RFC 9112, section 6.3). Texts are latin-1: a character is a byte. */
export interface Answer {
  /** Of the status line, `1.1`. */
  version: string;
  status: number;
  reason: string;
  headers: [name: string, value: string][];
  body: string;
  /** What says where the body ends. */
  framing: "none" | "length" | "chunked" | "close";
  /** Whether the whole body has arrived, as far as a client can tell. */
  whole: boolean;
  /** What came after the response. */
  rest: string;
}

export interface Question {
  method?: string;
  version?: "1.0" | "1.1";
  /** Beside Host, which HTTP/1.1 requests have anyway. */
  headers?: [name: string, value: string][];
  /** Sent with its Content-Length. */
  body?: string;
  milliseconds?: number;
}

/** The bytes of a request. */
export function requestOf(target: string, question: Question = {}): string {
  const { method = "GET", version = "1.1", headers = [], body } = question;
  const lines = [`${method} ${target} HTTP/${version}`];
  if (version === "1.1") lines.push("Host: conformance.test");
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** One request on its own connection. Rejects if the response does not end, or the connection closes without one. */
export async function ask(port: number, target: string, question: Question = {}): Promise<Answer> {
  const connection = await raw(port);
  try {
    connection.write(Buffer.from(requestOf(target, question), "latin1"));
    return await answerOf(connection, question);
  } finally {
    connection.destroy();
  }
}

/** The first response of a connection. */
export async function answerOf(
  connection: RawConnection,
  { method = "GET", milliseconds = 5000 }: Question = {},
): Promise<Answer> {
  const { socket } = connection;
  let text = "";
  try {
    text = await connection.receives(
      (text) => socket.closed || parse(text, method)?.whole === true,
      milliseconds,
    );
  } catch {
    const got = connection.received().split("\r\n", 1)[0];
    throw new Error(got ? `no end of the response "${got}"` : "no response");
  }
  // The end of the connection is the end of a body without a frame, unless it is a reset.
  const how = socket.closed ? (await connection.closed()).how : null;
  const answer = parse(text, method, how === "end");
  if (answer === null) {
    throw new Error("the connection ended without a response");
  }
  return answer;
}

/** Null until the head has arrived. */
export function parse(text: string, method = "GET", ended = false): Answer | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const match = /^HTTP\/(\d\.\d) (\d{3})(?: (.*))?$/s.exec(line);
  // Of what is no status line a client makes nothing: no status, and the line to be shown.
  if (!match) {
    const nothing = { version: "", status: 0, framing: "none" } as const;
    return { ...nothing, headers: [], reason: line.slice(0, 80), body: "", whole: true, rest: "" };
  }
  const [, version = "", code = "", reason = ""] = match;
  const status = Number(code);
  const after = text.slice(end + 4);
  // 100 Continue and its like come before the response.
  if (status < 200) return parse(after, method, ended);
  const headers = lines.map((each): [string, string] => {
    const mark = each.indexOf(":");
    return [each.slice(0, mark), each.slice(mark + 1).trim()];
  });
  const head = { version, status, reason, headers };
  if (method === "HEAD" || status === 204 || status === 304) {
    return { ...head, framing: "none", body: "", whole: true, rest: after };
  }
  if (/chunked/i.test(valuesOf(headers, "transfer-encoding").join())) {
    return { ...head, framing: "chunked", ...chunks(after) };
  }
  const length = valuesOf(headers, "content-length")[0];
  if (length === undefined)
    return { ...head, framing: "close", body: after, whole: ended, rest: "" };
  const size = Number(length);
  const [body, rest] = [after.slice(0, size), after.slice(size)];
  return { ...head, framing: "length", body, whole: body.length === size, rest };
}

function chunks(text: string): { body: string; whole: boolean; rest: string } {
  const parts: string[] = [];
  for (let at = 0; ;) {
    const end = text.indexOf("\r\n", at);
    const size = Number.parseInt(end < 0 ? "" : text.slice(at, end), 16);
    const next = end + 2 + size;
    if (Number.isNaN(size) || text.length < next + 2) {
      return { body: parts.join(""), whole: false, rest: "" };
    }
    if (size === 0) return { body: parts.join(""), whole: true, rest: text.slice(next + 2) };
    parts.push(text.slice(end + 2, next));
    at = next + 2;
  }
}

function valuesOf(headers: [string, string][], name: string): string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

/** The values of a header of a response, in order; the case of the name does not matter. */
export function values(answer: Answer, name: string): string[] {
  return valuesOf(answer.headers, name.toLowerCase());
}
