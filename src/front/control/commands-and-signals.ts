import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import {
  COMMANDS,
  type Operation,
  type ControlRequest,
  SIGNALS,
} from "../../master/control-table.ts";
import type { Question } from "../../master/messages.ts";
import { QuintetError } from "../../shared/errors.ts";
import { isWhole, show } from "../../shared/message-shape.ts";

// Turns commands and signals into requests, in a server without a master. python/quintet/master/control/commands_and_signals.py does
// the same in the master.

const STDOUT = 1;

/**
 * Turn a command's question into a request.
 *
 * @throws {QuintetError} QUINTET_CONTROL for an unknown question, or a number out of range
 */
export function readQuestion(question: Question): ControlRequest {
  const { do: operation } = question;
  const numbers = Object.hasOwn(COMMANDS, operation) ? COMMANDS[operation] : undefined;
  if (numbers === undefined || typeof operation !== "string") {
    throw new QuintetError("QUINTET_CONTROL", `This server does not know ${show(operation)}.`);
  }
  const request: ControlRequest = { do: operation as Operation };
  for (const [name, [least, most]] of Object.entries(numbers)) {
    const number = question[name];
    if (!isWhole(least, most)(number)) {
      const message = `The number of ${name} must be from ${least} to ${most}, not ${show(number)}.`;
      throw new QuintetError("QUINTET_CONTROL", message);
    }
    Object.assign(request, { [name]: number });
  }
  return request;
}

/**
 * Watch the signals.
 *
 * @param requested called for each signal, with its request and the reason to log
 */
export function watchSignals(requested: (request: ControlRequest, why: string) => void): void {
  const onTerminal = isatty(STDOUT);
  for (const [name, { whenTerminalClosed, notInForeground, ...request }] of Object.entries(SIGNALS))
    // With --disable-sigusr1, Node never gets SIGUSR1: see log-file-watch.ts.
    process.on(name as NodeJS.Signals, () => {
      if (notInForeground && inForeground()) return;
      const closed = onTerminal && !isatty(STDOUT);
      if (whenTerminalClosed && closed)
        requested({ do: whenTerminalClosed }, "the terminal was closed");
      else requested(request, name);
    });
}

/** Whether this process is in the foreground of a terminal, so that the terminal sends it signals. */
function inForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return isatty(STDOUT);
  }
}
