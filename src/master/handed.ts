import type { OpenLog } from "../shared/log.ts";

/** What a front finds in its environment: descriptors that the parent has left open for it. */
export interface Handed {
  line: number;
  listen: number[];
  /** The log, where the parent has opened it before it became another user. */
  log: OpenLog | null;
}

/** What the parent has handed over, if it is a parent that has started this process. */
export function takeHanded(): Handed | null {
  const text = process.env.QUINTET_FRONT;
  delete process.env.QUINTET_FRONT;
  return text === undefined ? null : (JSON.parse(text) as Handed);
}
