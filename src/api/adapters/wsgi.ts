import { Readable } from "node:stream";
import { bufferBody } from "../../http/body/buffered-body.ts";
import type { OwnPool } from "../own-pool.ts";
import { StreamTask } from "../stream-task.ts";
import type { Environ, InputStream, ResponseStart } from "../../wsgi/types.ts";
import { wholeBody } from "../../wsgi/whole-input.ts";

/** What PEP 3333 requires of an environ and a caller may leave out. */
const REQUIRED = {
  PATH_INFO: "/",
  QUERY_STRING: "",
  SERVER_NAME: "localhost",
  SERVER_PORT: "80",
  SERVER_PROTOCOL: "HTTP/1.1",
  "wsgi.url_scheme": "http",
};

/** Read from wsgi.input in pieces of this size. */
const BLOCK = 64 * 1024;

/** Call the application as WSGI says; `startResponse` is called before the first bytes are returned. */
export async function* callWsgi(
  pool: Pick<OwnPool, "dispatcher" | "spool">,
  environ: Environ,
  startResponse: ResponseStart,
): AsyncGenerator<Uint8Array, void, undefined> {
  const text = encode(environ);
  // Middleware passes an environ on with the id that the server's log knows.
  const id = environ.REQUEST_ID === undefined ? [] : [environ.REQUEST_ID];
  const task = new StreamTask(`${environ.REQUEST_METHOD} ${environ.PATH_INFO ?? "/"}`, ...id);
  task.environ = `${text}REQUEST_ID\0${task.requestId}\0`;
  const input = environ["wsgi.input"];
  const whole = input ? wholeBody(input) : null;
  if (whole) {
    task.body = whole.content;
    task.bodyInFile = whole.inFile;
    const { CONTENT_LENGTH: length } = environ;
    if (length !== undefined) task.environ += `CONTENT_LENGTH\0${length}\0`;
  } else if (input) {
    const body = await bufferBody(pool.spool, Readable.from(blocks(input, environ.CONTENT_LENGTH)));
    task.holdBody(body);
    task.environ += `CONTENT_LENGTH\0${body.size}\0`;
  }
  pool.dispatcher.submit(task);
  try {
    const { status, headers } = await task.head;
    startResponse(status, headers);
    let chunk = await task.next();
    while (chunk) {
      yield chunk;
      chunk = await task.next();
    }
  } finally {
    task.leave();
  }
}

/**
 * The variables as the worker wants them. What has a dot in its name and is no text belongs to this side (wsgi.input, a
 * middleware's own objects) and stays here.
 */
function encode(environ: Environ): string {
  if (typeof environ.REQUEST_METHOD !== "string" || environ.REQUEST_METHOD === "") {
    throw new TypeError("environ.REQUEST_METHOD is missing (PEP 3333)");
  }
  let text = "";
  for (const [name, value] of Object.entries({ ...REQUIRED, ...environ })) {
    if (name === "CONTENT_LENGTH" || name === "REQUEST_ID" || value === undefined) continue;
    if (typeof value === "string") text += `${bytesOnly(name)}\0${bytesOnly(value, name)}\0`;
    else if (!name.includes(".")) {
      const what = value === null ? "null" : `a ${typeof value}`;
      throw new TypeError(`environ.${name} is ${what}, and should be a string (PEP 3333)`);
    }
  }
  return text;
}

function bytesOnly(text: string, variable?: string): string {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0 && code < 256) continue;
    const what =
      variable === undefined
        ? `the variable ${JSON.stringify(text)} of environ`
        : `environ.${variable}`;
    throw new TypeError(
      `${what} has a character that is no byte, or NUL, at ${index} (PEP 3333, "A Note On String Types")`,
    );
  }
  return text;
}

async function* blocks(input: InputStream, length: string | undefined): AsyncGenerator<Buffer> {
  // Without a length the stream says where it ends; an empty one is none (RFC 3875, section 4.1.2).
  let left = length === undefined ? Infinity : Number(length);
  if (Number.isNaN(left)) throw new TypeError(`environ.CONTENT_LENGTH is no number: ${length}`);
  while (left > 0) {
    const block = await input.read(Math.min(left, BLOCK));
    if (!(block instanceof Uint8Array)) {
      throw new TypeError(`wsgi.input: read() returned ${typeof block}, not a Uint8Array`);
    }
    if (block.length === 0) return;
    const part = block.subarray(0, left);
    left -= part.length;
    // A copy: whoever reads may fill the same array again.
    yield Buffer.from(part);
  }
}
