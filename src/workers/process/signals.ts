import { constants } from "node:os";

// Both are at the end of Linux's real-time signals: common libraries use none of these.

/**
 * Interrupts a request that has timed out. python/quintet/timeout.py has the same number.
 */
export const INTERRUPT_SIGNAL: number =
  process.platform === "linux" ? 62 : constants.signals.SIGXCPU;

/** Asks Python's faulthandler for the stacks of all threads. */
export const STACK_SIGNAL: number = process.platform === "linux" ? 63 : constants.signals.SIGUSR2;
