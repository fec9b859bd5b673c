import { Readable } from "node:stream";
import type { OwnPool } from "../own-pool.ts";
import { StreamTask } from "../stream-task.ts";
import type { Environ, InputStream, StartResponse } from "../wsgi/types.ts";

/** Call the application as WSGI says; `startResponse` is called before the first bytes are returned. */
export async function* callWsgi(
  pool: Pick<OwnPool, "dispatcher" | "spool">,
  environ: Environ,
  startResponse: StartResponse,
): AsyncGenerator<Uint8Array, void, undefined> {
  const task = new StreamTask(`${environ.REQUEST_METHOD} ${environ.PATH_INFO ?? ""}`);
  let text = "";
  for (const [name, value] of Object.entries(environ)) {
    if (typeof value !== "string" || name === "CONTENT_LENGTH") continue;
    text += `${name}\0${bytesOnly(name, value)}\0`;
  }
  task.environ = `${text}REQUEST_ID\0${task.requestId}\0`;
  const input = environ["wsgi.input"];
  if (input) {
    const body = await pool.spool.take(
      Readable.from(blocks(input, Number(environ.CONTENT_LENGTH ?? Infinity))),
    );
    task.holdBody(body);
    task.environ += `CONTENT_LENGTH\0${body.size}\0`;
  }
  pool.dispatcher.submit(task);
  let done = false;
  try {
    const head = await task.head;
    startResponse(head.status, head.headers);
    yield* task.stream;
    done = true;
  } finally {
    if (!done) task.abandon();
  }
}

async function* blocks(input: InputStream, length: number): AsyncGenerator<Buffer> {
  let left = Number.isNaN(length) ? Infinity : length;
  while (left > 0) {
    const block = await input.read(Math.min(left, 65536));
    if (block.length === 0) return;
    left -= block.length;
    yield Buffer.from(block);
  }
}

function bytesOnly(name: string, value: string): string {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (code > 255 || code === 0) {
      throw new TypeError(
        `environ.${name} has a character that is no byte, or NUL, at ${index} (PEP 3333, "A Note On String Types")`,
      );
    }
  }
  return value;
}
