import { constants } from "node:os";

/** As in python/quintet/worker/interrupt.py. One of the last signals, free of any other meaning in common libraries. */
export const INTERRUPT_SIGNAL: number =
  process.platform === "linux" ? 62 : constants.signals.SIGXCPU;
