// A reporter of node:test: one line of JSON for each test, for the runner of `npm test`. What a person reads is written by
// another reporter.
import type { TestEvent } from "node:test/reporters";

/** The result of one test. */
export interface TestResult {
  name: string;
  outcome: "passed" | "failed" | "skipped";
  /** Why it was skipped. */
  reason?: string;
  milliseconds: number;
}

/** The last line: all tests of the file have been counted. */
export const END = "end";

interface Details {
  name: string;
  skip?: string | boolean;
  details: { duration_ms: number; type?: string; error?: { failureType?: string } };
}

export default async function* results(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { name, skip, details } = data as Details;
    // A suite consists of its tests. If it fails by itself, in a hook, that counts, or it would go unnoticed.
    if (details.error?.failureType === "subtestsFailed") continue;
    if (details.type === "suite" && type === "test:pass" && !skip) continue;
    const outcome = skip ? "skipped" : type === "test:pass" ? "passed" : "failed";
    const result: TestResult = { name, outcome, milliseconds: details.duration_ms };
    if (typeof skip === "string") result.reason = skip;
    yield `${JSON.stringify(result)}\n`;
  }
  yield `${JSON.stringify(END)}\n`;
}
