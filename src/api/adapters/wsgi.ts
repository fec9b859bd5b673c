import { Readable } from "node:stream";
import { bufferBody } from "../../http/body/buffered-body.ts";
import type { ProgramPool } from "../program-pool.ts";
import { StreamTask } from "../stream-task.ts";
import type { Environ, InputStream, ResponseStart } from "../../wsgi/types.ts";
import { wholeBody } from "../../wsgi/whole-input.ts";

/** Variables that PEP 3333 requires and a caller may leave out ("environ Variables"). */
const DEFAULT_VARIABLES = {
  PATH_INFO: "/",
  QUERY_STRING: "",
  SERVER_NAME: "localhost",
  SERVER_PORT: "80",
  SERVER_PROTOCOL: "HTTP/1.1",
  "wsgi.url_scheme": "http",
};

/** How much is read from wsgi.input at a time. */
const READ_BYTES = 64 * 1024;

/**
 * Call the application as PEP 3333 says. `startResponse` is called before the first piece of the body is yielded.
 *
 * @throws {TypeError} if the environ breaks PEP 3333
 * @throws {QuintetError} if no worker gives an answer
 */
export async function* callWsgi(
  pool: Pick<ProgramPool, "dispatcher" | "spool">,
  environ: Environ,
  startResponse: ResponseStart,
): AsyncGenerator<Uint8Array, void, undefined> {
  const text = encode(environ);
  // Middleware passes on the environ that it got, so the log shows one id for both requests.
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
 * The variables in the encoding of a REQUEST frame: NUL-separated pairs. A variable with a dot in its name whose value is not
 * a string (`wsgi.input`, objects of middleware) stays in this process.
 *
 * @throws {TypeError} naming the variable that breaks PEP 3333
 */
function encode(environ: Environ): string {
  if (typeof environ.REQUEST_METHOD !== "string" || environ.REQUEST_METHOD === "") {
    throw new TypeError("environ.REQUEST_METHOD is missing (PEP 3333)");
  }
  let text = "";
  for (const [name, value] of Object.entries({ ...DEFAULT_VARIABLES, ...environ })) {
    if (name === "CONTENT_LENGTH" || name === "REQUEST_ID" || value === undefined) continue;
    if (typeof value === "string") text += `${checkedText(name)}\0${checkedText(value, name)}\0`;
    else if (!name.includes(".")) {
      const what = value === null ? "null" : `a ${typeof value}`;
      throw new TypeError(`environ.${name} is ${what}; it must be a string (PEP 3333)`);
    }
  }
  return text;
}

function checkedText(text: string, variable?: string): string {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0 && code < 256) continue;
    const what =
      variable === undefined
        ? `the variable ${JSON.stringify(text)} of environ`
        : `environ.${variable}`;
    throw new TypeError(
      `${what} has a character at ${index} that is NUL or above U+00FF (PEP 3333, "A Note On String Types")`,
    );
  }
  return text;
}

async function* blocks(input: InputStream, length: string | undefined): AsyncGenerator<Buffer> {
  // Without a length, read to the end of the stream. An empty CONTENT_LENGTH means no body (RFC 3875, section 4.1.2).
  let left = length === undefined ? Infinity : Number(length);
  if (Number.isNaN(left)) throw new TypeError(`environ.CONTENT_LENGTH is not a number: ${length}`);
  while (left > 0) {
    const block = await input.read(Math.min(left, READ_BYTES));
    if (!(block instanceof Uint8Array)) {
      throw new TypeError(`wsgi.input: read() returned ${typeof block}, not a Uint8Array`);
    }
    if (block.length === 0) return;
    const part = block.subarray(0, left);
    left -= part.length;
    // A copy: the stream may fill the same array again.
    yield Buffer.from(part);
  }
}
