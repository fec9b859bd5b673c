import { constants } from "node:os";

/** One of the last real-time signals, which common libraries do not use. Python's workers get the same number. */
export const LINUX_INTERRUPT_SIGNAL = 62;

/** Interrupts a request that has timed out. */
export const INTERRUPT_SIGNAL: number =
  process.platform === "linux" ? LINUX_INTERRUPT_SIGNAL : constants.signals.SIGXCPU;

/** Asks Python's faulthandler for the stacks of all threads. */
export const STACK_SIGNAL: number = process.platform === "linux" ? 63 : constants.signals.SIGUSR2;
