import type { IncomingMessage } from "node:http";
import type { Access } from "../shared/log.ts";
import { clientAddress } from "./environ.ts";

/** What became of a request that was meant for a worker. */
interface Answered {
  status: number;
  bytes: number;
  /** When it came, and when it began to wait for a worker (0 if it never did); milliseconds of performance.now(). */
  receivedAt: number;
  queuedAt: number;
  /** When it was last given to a worker; 0 if it never was. */
  sentAt: number;
  /** How long the application took, in microseconds; 0 if it did not answer. */
  micros: number;
  /** Why the response is not whole. */
  cut: string | undefined;
}

/** Its line of the access log. */
export function accessOf(request: IncomingMessage, answered: Answered): Access {
  const { status, bytes, receivedAt, queuedAt, sentAt, micros, cut } = answered;
  const now = performance.now();
  // Where the application did not say how long it took, it is all the time since a worker was given the request.
  const appMs = micros > 0 || sentAt === 0 ? micros / 1000 : now - sentAt;
  // A request that was never queued, such as one that was refused, has waited for nobody.
  const queueMs = queuedAt === 0 ? 0 : Math.max(0, now - queuedAt - appMs);
  return {
    client: clientAddress(request.socket),
    method: request.method as string,
    path: request.url as string,
    status,
    bytes,
    ms: round(now - receivedAt),
    queueMs: round(queueMs),
    appMs: round(appMs),
    ...(cut === undefined ? {} : { cut }),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
