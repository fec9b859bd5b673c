import type { IncomingMessage } from "node:http";
import type { Durations } from "../dispatch/stopwatch.ts";
import type { Access } from "../shared/log.ts";
import { clientAddress } from "./connection/client-address.ts";

/** What became of a request to the application. */
interface Outcome {
  status: number;
  /** The length of the response body. */
  bytes: number;
  durations: Durations;
  /** Why the response is incomplete; undefined if it is complete. */
  cut: string | undefined;
}

/** The entry of a request in the access log. */
export function accessEntry(request: IncomingMessage, outcome: Outcome): Access {
  const { status, bytes, durations, cut } = outcome;
  return {
    client: clientAddress(request.socket),
    method: request.method as string,
    path: request.url as string,
    status,
    bytes,
    ms: roundMs(durations.total),
    queueMs: roundMs(durations.queue),
    appMs: roundMs(durations.application),
    ...(cut === undefined ? {} : { cut }),
  };
}

/** Rounds milliseconds to hundredths. */
export function roundMs(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
