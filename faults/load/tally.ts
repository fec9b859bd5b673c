import type { Came } from "./exchange.ts";

/** What became of the requests of one run. */
export interface Report {
  sent: number;
  answered: number;
  /** How often, by what came instead of the answer, such as "reset" or "502". */
  failed: Record<string, number>;
  /** The longest that one waited which was answered, or for which none came at all: milliseconds, and whose it was. */
  wait: { milliseconds: number; kind: string };
  /** The first failures, for whoever looks for their cause. */
  samples: string[];
}

const SAMPLES = 10;

export class Tally {
  readonly report: Report = {
    sent: 0,
    answered: 0,
    failed: {},
    wait: { milliseconds: 0, kind: "" },
    samples: [],
  };

  /** @param failure what came instead of the answer; null if it was that */
  add(kind: string, came: Came, failure: string | null): void {
    const { report } = this;
    if (failure === null) report.answered += 1;
    else {
      report.failed[failure] = (report.failed[failure] ?? 0) + 1;
      if (report.samples.length < SAMPLES) report.samples.push(sample(kind, came, failure));
    }
    const counts = failure === null || failure === "no answer";
    if (counts && came.wait > report.wait.milliseconds)
      report.wait = { milliseconds: came.wait, kind };
  }
}

/** What came instead of a whole answer with status 200; null if it is one. */
export function failureOf(came: Came): string | null {
  if (came.failure !== null) return came.failure;
  return came.status === 200 ? null : String(came.status);
}

function sample(kind: string, { wait, body }: Came, failure: string): string {
  const time = new Date().toISOString().slice(11, 23);
  const text = body.toString("latin1", 0, 200).replaceAll("\n", " ");
  return `${time} ${kind}: ${failure} after ${wait.toFixed(0)} ms, ${body.length} bytes ${text}`;
}
