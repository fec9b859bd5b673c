import type { WsgiApplication, WsgiResult } from "../wsgi/types.ts";
import type { Environ } from "../wsgi/types.ts";
import { MAX_CHUNK_BYTES } from "../wire/frames.ts";
import { checkBytes, type Exchange } from "./exchange.ts";

/** An error that says which status the client should be told. */
interface WithStatus {
  status?: unknown;
}

const PHRASES: Record<number, string> = {
  502: "502 Bad Gateway",
  503: "503 Service Unavailable",
  504: "504 Gateway Timeout",
};

/** Call the application and send what it returns. Nothing it throws gets past here. */
export async function run(
  application: WsgiApplication,
  environ: Environ,
  exchange: Exchange,
): Promise<void> {
  let result: WsgiResult | undefined;
  let closed = false;
  const close = (): unknown => {
    if (closed) return undefined;
    closed = true;
    return result?.close?.();
  };
  // No code of JavaScript can be interrupted. What the iterable waits for, its close() may end.
  exchange.onInterrupt = async () => {
    try {
      if (result !== undefined) await close();
    } catch (error) {
      exchange.fail(error);
    }
  };
  try {
    try {
      const returned: unknown = application(environ, exchange.startResponse);
      // An async function returns a promise of the iterable: PEP 3333 has no such thing, TypeScript's users do.
      result = (returned instanceof Promise ? await returned : returned) as WsgiResult;
      const wait = send(result, exchange);
      if (wait) await wait;
      exchange.finish();
    } finally {
      const closing = close();
      if (closing instanceof Promise) await closing;
    }
  } catch (error) {
    const status = (error as WithStatus | null)?.status;
    exchange.fail(error, PHRASES[status as number]);
  }
}

/** Undefined if it could be done at once, as with a list of one. */
function send(result: WsgiResult, exchange: Exchange): Promise<void> | undefined {
  if (Array.isArray(result) && result.length > 0) {
    for (const data of result) checkBytes(data, "the application returned");
    if (result.length === 1) return exchange.chunk(result[0], true);
    // All of it is there, so its length is known before the first block is sent.
    const length = result.reduce((sum, data) => sum + data.length, 0);
    if (length <= MAX_CHUNK_BYTES && !exchange.headSent)
      return exchange.chunk(Buffer.concat(result), true);
    exchange.measured(length);
  }
  if (typeof result === "object" && result !== null) {
    if (Symbol.asyncIterator in result) return sendAsync(result, exchange);
    // A string can be iterated too, but never gives bytes.
    if (Symbol.iterator in result) return sendSync(result, exchange);
  }
  throw new TypeError(
    `the application returned ${describe(result)}, not an iterable of bytes (PEP 3333)`,
  );
}

async function sendSync(result: Iterable<Uint8Array>, exchange: Exchange): Promise<void> {
  for (const data of result) {
    checkBytes(data, "the application yielded");
    const wait = data.length > 0 ? exchange.chunk(data, false) : undefined;
    if (wait) await wait;
    if (exchange.gone) return;
  }
}

async function sendAsync(result: AsyncIterable<Uint8Array>, exchange: Exchange): Promise<void> {
  for await (const data of result) {
    checkBytes(data, "the application yielded");
    const wait = data.length > 0 ? exchange.chunk(data, false) : undefined;
    if (wait) await wait;
    if (exchange.gone) return;
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `a ${value.constructor.name}` : `a ${typeof value}`;
}
