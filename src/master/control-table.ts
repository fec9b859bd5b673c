/**
 * The commands, signals and messages that a server reacts to, and the orders to a front.
 *
 * python/quintet/master/control/table.py is the same table in Python; tests/control/table.test.ts compares the two.
 */
import { MAX_WORKERS } from "../config/values/worker-range.ts";
import { type Fits, isText, isWhole } from "../shared/message-shape.ts";

/**
 * Version of the messages between master and fronts. A master outlives upgrades, so it speaks with fronts of later versions.
 * Change this only if an older side could not work with a newer one.
 */
export const PROTOCOL = 1;

/** The questions that a command may ask over the control socket, with the ranges of their numbers. */
export const COMMANDS: Record<string, Record<string, [least: number, most: number]>> = {
  status: {},
  reload: {},
  upgrade: {},
  scale: { workers: [1, MAX_WORKERS] },
  stop: {},
};

/** The operations of a server, which commands and signals ask for. */
export type Operation =
  | "status"
  | "reload"
  | "upgrade"
  | "scale"
  | "scaleBy"
  | "reopen"
  | "stop"
  | "kill";

/** An operation, with the number that `scale` and `scaleBy` take. */
export interface ControlRequest {
  do: Operation;
  workers?: number;
}

/** What a signal asks for. */
export interface SignalRequest extends ControlRequest {
  /** The operation if stdout was a terminal that has been closed, because that sends HUP too. */
  whenTerminalClosed?: Operation;
  /** Ignored in the foreground of a terminal, which sends WINCH when its size changes. */
  notInForeground?: boolean;
}

/** The signals. They mean what they mean to Gunicorn. */
export const SIGNALS: Record<string, SignalRequest> = {
  SIGTERM: { do: "stop" },
  SIGINT: { do: "stop" },
  SIGQUIT: { do: "kill" },
  SIGHUP: { do: "reload", whenTerminalClosed: "stop" },
  SIGUSR1: { do: "reopen" },
  SIGUSR2: { do: "upgrade" },
  SIGTTIN: { do: "scaleBy", workers: 1 },
  SIGTTOU: { do: "scaleBy", workers: -1 },
  SIGWINCH: { do: "scale", workers: 0, notInForeground: true },
};

/** The orders to a front. */
export type OrderName =
  | "ping"
  | "status"
  | "prepare"
  | "abort"
  | "commit"
  | "scale"
  | "reopen"
  | "drain"
  | "stop"
  | "kill";

/** The orders to a front and their fields. The first order, `start`, is checked separately. */
export const ORDERS: Record<OrderName, Record<string, Fits>> = {
  ping: {},
  status: {},
  prepare: {},
  abort: {},
  commit: { generation: isWhole(0) },
  scale: { workers: isWhole(0, MAX_WORKERS), why: isText },
  reopen: {},
  drain: {},
  stop: { why: isText },
  kill: {},
};

/** The messages that a front sends without being asked, and their fields. A master ignores messages that it does not know. */
export const MESSAGES = {
  ready: ["version", "deployment"],
  failed: ["failure"],
  touched: ["file", "at"],
  stopping: [],
  output: ["path", "stream", "worker"],
  outputEnded: ["path"],
} as const;
export type MessageName = keyof typeof MESSAGES;

/** A command must send its question, and then read the answer, within this time. */
export const COMMAND_TIMEOUT_MS = 5000;
export const MAX_COMMAND_CONNECTIONS = 64;
export const MAX_QUESTION_CHARACTERS: number = 64 * 1024;
/**
 * A second SIGTERM within this time is ignored: GNU timeout, for example, sends it to its command and then to the whole
 * process group. A second Ctrl-C always counts.
 */
export const REPEATED_TERM_MS = 1000;
/** A front that still runs this long after gracefulTimeout is killed. */
export const STOP_OVERTIME_MS = 10_000;
/** A front that is killed may write the rest of its log for this long. */
export const LOG_FLUSH_MS = 500;
