import type { IncomingMessage } from "node:http";
import type { Access } from "../shared/log.ts";
import { clientAddress } from "./connection/client-address.ts";

/** What became of a request to the application. */
interface Outcome {
  status: number;
  /** The length of the response body. */
  bytes: number;
  /** When the request arrived; like the times below, by performance.now(). */
  receivedAt: number;
  /** When it was queued for a worker; 0 if it was not. */
  queuedAt: number;
  /** When it was last sent to a worker; 0 if it was not. */
  sentAt: number;
  /** How long the application took, in microseconds; 0 if it did not answer. */
  micros: number;
  /** Why the response is incomplete; undefined if it is complete. */
  cut: string | undefined;
}

/** The entry of a request in the access log. */
export function accessEntry(request: IncomingMessage, outcome: Outcome): Access {
  const { status, bytes, receivedAt, queuedAt, sentAt, micros, cut } = outcome;
  const now = performance.now();
  // If the application has not said how long it took, it is all the time since the request was sent to a worker.
  const appMs = micros > 0 || sentAt === 0 ? micros / 1000 : now - sentAt;
  // A request that was never queued, for example because it was rejected, has not waited.
  const queueMs = queuedAt === 0 ? 0 : Math.max(0, now - queuedAt - appMs);
  return {
    client: clientAddress(request.socket),
    method: request.method as string,
    path: request.url as string,
    status,
    bytes,
    ms: roundMs(now - receivedAt),
    queueMs: roundMs(queueMs),
    appMs: roundMs(appMs),
    ...(cut === undefined ? {} : { cut }),
  };
}

/** Rounds milliseconds to hundredths. */
export function roundMs(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
