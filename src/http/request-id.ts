import { randomBytes } from "node:crypto";

const prefix = randomBytes(4).toString("hex");
let count = 0;

/** Unique in all processes, cheap, and short enough to be read aloud. */
export function newRequestId(): string {
  return `${prefix}-${(++count).toString(36)}`;
}

/** How many there have been in this process. */
export function requestIds(): number {
  return count;
}
