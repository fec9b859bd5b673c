import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds within which a response must begin, and within which it must be complete. */
const HEAD_LIMIT = 15_000;
const LIMIT = 45_000;

export interface Ask {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
  /** Bytes a second that the client reads; if omitted, as fast as possible. */
  pace?: number;
}

/** The outcome of one request by a client that never retries. */
export interface Came {
  /** Why there is no complete response: "refused", "reset", "truncated", "no answer", "no HTTP"; null if there is one. */
  failure: string | null;
  /** 0 if none came. */
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
  /** Milliseconds until the head arrived, or until it was clear that none would. */
  wait: number;
}

/** A persistent connection, as long as the server keeps it. */
export function keptConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

/** A new connection for each request; the server is told that no more requests follow. */
export function newConnections(): Agent {
  return new Agent({ keepAlive: false });
}

/** Send a request once, and read its response. Never rejects. */
export function exchange(port: number, agent: Agent, ask: Ask): Promise<Came> {
  const { promise, resolve } = Promise.withResolvers<Came>();
  const began = performance.now();
  const came: Came = { failure: null, status: 0, headers: {}, body: Buffer.alloc(0), wait: 0 };
  const end = (failure: string | null): void => {
    clearTimeout(headLimit);
    clearTimeout(limit);
    if (came.status === 0) came.wait = performance.now() - began;
    came.failure = failure;
    // Without a failure it is the agent's again.
    if (failure !== null) sent.destroy();
    resolve(came);
  };
  const { path, method = "GET", body } = ask;
  const headers: Record<string, string | number> = { ...ask.headers };
  if (body) headers["Content-Length"] = body.length;
  const sent = request({ host: "127.0.0.1", port, path, method, headers, agent });
  const headLimit = setTimeout(() => came.status === 0 && end("no answer"), HEAD_LIMIT);
  const limit = setTimeout(() => end("no answer"), LIMIT);
  sent.on("error", (error) => end(came.status === 0 ? nameOf(error) : "truncated"));
  sent.on("response", (response) => {
    came.wait = performance.now() - began;
    came.status = response.statusCode ?? 0;
    came.headers = response.headers;
    take(response, ask.pace).then(
      (body) => {
        came.body = body;
        end(null);
      },
      () => end("truncated"),
    );
  });
  sent.end(body);
  return promise;
}

async function take(response: IncomingMessage, pace?: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    if (pace !== undefined) await sleep((piece.length / pace) * 1000);
  }
  return Buffer.concat(pieces);
}

function nameOf(error: NodeJS.ErrnoException): string {
  const { code = "" } = error;
  if (code === "ECONNREFUSED") return "refused";
  if (code.startsWith("HPE_")) return "no HTTP";
  return code === "ECONNRESET" || code === "EPIPE" ? "reset" : code || error.message;
}
