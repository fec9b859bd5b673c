import type { OpenLog } from "../shared/log.ts";

/** The descriptors that the master has left open for a front. */
export interface FrontDescriptors {
  /** The connection to the master. */
  line: number;
  /** The listening sockets. */
  listen: number[];
  /** The log file, if the master opened it before it changed its user. */
  log: OpenLog | null;
}

/** The descriptors for this front, from its environment; null if no master has started this process. */
export function takeFrontDescriptors(): FrontDescriptors | null {
  const text = process.env.QUINTET_FRONT;
  delete process.env.QUINTET_FRONT;
  return text === undefined ? null : (JSON.parse(text) as FrontDescriptors);
}
