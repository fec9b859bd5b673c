/**
 * What a server is asked by commands, signals and fronts, and what a front is ordered to do.
 *
 * python/quintet/master/control/table.py has the same for the server with a master; tests/control/table.test.ts compares the two.
 */
import { MAX_WORKERS } from "../config/values/worker-range.ts";
import { type Fits, isText, isWhole } from "../shared/message-shape.ts";

/**
 * Version of the messages between master and fronts. A master outlives upgrades, so fronts of later versions speak to it. Change
 * this only where an older side could not work with a newer one.
 */
export const PROTOCOL = 1;

/** What a command may ask over the control socket, and the whole numbers that it has to give, with their range. */
export const COMMANDS: Record<string, Record<string, [least: number, most: number]>> = {
  status: {},
  reload: {},
  upgrade: {},
  scale: { workers: [1, MAX_WORKERS] },
  stop: {},
};

/** What commands and signals turn into: the operations of a server. */
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
  /** What it means if stdout was a terminal that has been closed: a closed terminal sends HUP as well. */
  whenTerminalClosed?: Operation;
  /** Ignored in the foreground of a terminal, which sends WINCH when its size changes. */
  notInForeground?: boolean;
}

/** The signals, as users of Gunicorn know them. */
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

/** What a front is ordered to do, and the fields of each order. The order `start` comes first and is checked apart. */
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

/** What a front tells without being asked, and the fields of each message. A master ignores messages it does not know. */
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
 * A second SIGTERM within this time is the same order: GNU timeout, for one, sends it to its command and then to the whole
 * process group. A second Ctrl-C is meant.
 */
export const REPEATED_TERM_MS = 1000;
/** A front that still runs this long after gracefulTimeout is killed. */
export const STOP_OVERTIME_MS = 10_000;
/** A front that is killed may write the rest of its log for this long. */
export const LOG_FLUSH_MS = 500;
