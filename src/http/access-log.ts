import type { IncomingMessage } from "node:http";
import type { Durations } from "../dispatch/stopwatch.ts";
import type { Access } from "../shared/log.ts";
import { clientAddress } from "./environ.ts";

/** The end of a request that was meant for a worker. */
interface Answered {
  status: number;
  bytes: number;
  durations: Durations;
  /** Why the response is not whole. */
  cut: string | undefined;
}

/** The line of a request in the access log. */
export function accessOf(request: IncomingMessage, answered: Answered): Access {
  const { status, bytes, durations, cut } = answered;
  return {
    client: clientAddress(request.socket),
    method: request.method as string,
    path: request.url as string,
    status,
    bytes,
    ms: round(durations.total),
    queueMs: round(durations.queue),
    appMs: round(durations.application),
    ...(cut === undefined ? {} : { cut }),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
