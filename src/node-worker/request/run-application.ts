import type { WsgiApplication, WsgiResult } from "../../wsgi/types.ts";
import type { Environ } from "../../wsgi/types.ts";
import { MAX_CHUNK_BYTES } from "../../wire/frames.ts";
import { checkBytes } from "./check-bytes.ts";
import type { WsgiResponse } from "./response.ts";

/** An error that names the status to answer with. */
interface WithStatus {
  status?: unknown;
}

const STATUS_LINES: Record<number, string> = {
  502: "502 Bad Gateway",
  503: "503 Service Unavailable",
  504: "504 Gateway Timeout",
};

/**
 * Call the application and send what it returns, then call close() exactly once, also after an error (PEP 3333). It never rejects:
 * an error of the application is logged and answered.
 */
export async function runApplication(
  application: WsgiApplication,
  environ: Environ,
  response: WsgiResponse,
): Promise<void> {
  let result: WsgiResult | undefined;
  let closed = false;
  const close = (): unknown => {
    if (closed) return undefined;
    closed = true;
    return result?.close?.();
  };
  // Running JavaScript cannot be interrupted. But close() may end what the iterable waits for.
  response.onInterrupt = async () => {
    try {
      if (result !== undefined) await close();
    } catch (error) {
      response.fail(error);
    }
  };
  try {
    try {
      const returned: unknown = application(environ, response.startResponse);
      // An async function returns a promise of the iterable. PEP 3333 has no such thing, but users write it.
      result = (returned instanceof Promise ? await returned : returned) as WsgiResult;
      const wait = send(result, response);
      if (wait) await wait;
      response.finish();
    } finally {
      const closing = close();
      if (closing instanceof Promise) await closing;
    }
  } catch (error) {
    const status = (error as WithStatus | null)?.status;
    response.fail(error, STATUS_LINES[status as number]);
  }
}

/** @returns undefined if everything was sent at once, as with a list of one chunk */
function send(result: WsgiResult, response: WsgiResponse): Promise<void> | undefined {
  if (Array.isArray(result) && result.length > 0) {
    for (const data of result) checkBytes(data, "the application returned");
    if (result.length === 1) return response.chunk(result[0], true);
    // The whole list is here, so its length is known before the first chunk is sent.
    const length = result.reduce((sum, data) => sum + data.length, 0);
    if (length <= MAX_CHUNK_BYTES && !response.headSent)
      return response.chunk(Buffer.concat(result), true);
    response.measured(length);
  }
  if (typeof result === "object" && result !== null) {
    if (Symbol.asyncIterator in result) return sendAsync(result, response);
    // A string is iterable too, but its items are not bytes.
    if (Symbol.iterator in result) return sendSync(result, response);
  }
  throw new TypeError(
    `the application returned ${describe(result)}, not an iterable of bytes (PEP 3333)`,
  );
}

async function sendSync(result: Iterable<Uint8Array>, response: WsgiResponse): Promise<void> {
  for (const data of result) {
    checkBytes(data, "the application yielded");
    const wait = data.length > 0 ? response.chunk(data, false) : undefined;
    if (wait) await wait;
    if (response.gone) return;
  }
}

async function sendAsync(result: AsyncIterable<Uint8Array>, response: WsgiResponse): Promise<void> {
  for await (const data of result) {
    checkBytes(data, "the application yielded");
    const wait = data.length > 0 ? response.chunk(data, false) : undefined;
    if (wait) await wait;
    if (response.gone) return;
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `a ${value.constructor.name}` : `a ${typeof value}`;
}
