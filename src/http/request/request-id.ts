import { randomBytes } from "node:crypto";

const processPrefix = randomBytes(4).toString("hex");
let count = 0;

/** A new request id: unique across processes, cheap to make, and short enough to read aloud. */
export function newRequestId(): string {
  return `${processPrefix}-${(++count).toString(36)}`;
}

/** The number of request ids that this process has made. */
export function requestIds(): number {
  return count;
}
