import { type ErrorCode, errorCodes, QuintetError } from "../../shared/errors.ts";
import type { WorkerFailure } from "../../wire/json-messages.ts";
import { describeEnd, type ProcessEnd } from "../process/process-end.ts";

/** The prefix of the line that python/quintet prints if the interpreter is too old to run the rest of it. */
const TOO_OLD = "QUINTET_PYTHON_TOO_OLD: ";
/** Lines of stderr that are shown. */
const SHOWN_LINES = 15;

/**
 * Why a worker could not load the application, and what to do about it.
 *
 * @param command that started the worker
 */
export function startError(end: ProcessEnd, command: string[]): QuintetError {
  const { failure } = end;
  const started = command.join(" ");
  if (failure) {
    const code = failure.code in errorCodes ? (failure.code as ErrorCode) : "QUINTET_MODULE_FAILED";
    return new QuintetError(code, failure.message, {
      detail: failure.trace,
      advice: advice(code, failure),
    });
  }
  if (end.error) {
    return new QuintetError("QUINTET_NO_PYTHON", `Cannot start ${started}: ${end.error.message}`);
  }
  const tooOld = end.stderr.find((line) => line.startsWith(TOO_OLD));
  if (tooOld) {
    return new QuintetError("QUINTET_PYTHON_TOO_OLD", tooOld.slice(TOO_OLD.length), {
      advice: "Name a newer one with --python.",
    });
  }
  const message = `${started} ended (${describeEnd(end)}) before the application was loaded.`;
  return new QuintetError("QUINTET_PYTHON_FAILED", message, {
    detail: end.stderr.slice(-SHOWN_LINES).join("\n"),
  });
}

function advice(code: ErrorCode, { python, trace }: WorkerFailure): string {
  switch (code) {
    case "QUINTET_NO_DJANGO":
      return `Install it there (${python} -m pip install Django), or name another Python with --python.`;
    case "QUINTET_NO_SETTINGS":
      return 'If the project\'s wsgi.py names them, serve that file: getPythonApplication("shop.wsgi:application")';
    case "QUINTET_BOOT_TIMEOUT":
      return `${trace && "The stacks above show where it hangs. "}If it only needs more time, raise bootTimeout.`;
    case "QUINTET_NO_MODULE":
      return "Start quintet in the folder that holds the module, or name that folder with --chdir.";
    default:
      return "";
  }
}
