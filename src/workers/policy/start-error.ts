import { type ErrorCode, errorCodes, QuintetError } from "../../shared/errors.ts";
import { describeEnd, type ProcessEnd } from "../process/process-output.ts";

/** Why a worker did not come to life, and what its owner can do. */
export function startError(end: ProcessEnd, command: string[]): QuintetError {
  const { failure } = end;
  const how = describeEnd(end);
  const started = command.join(" ");
  if (failure) {
    const code = failure.code in errorCodes ? (failure.code as ErrorCode) : "QUINTET_MODULE_FAILED";
    return new QuintetError(code, failure.message, {
      detail: failure.trace,
      advice: advice(code, failure.python),
    });
  }
  if (end.error) {
    return new QuintetError("QUINTET_NO_PYTHON", `Cannot start ${started}: ${end.error.message}`);
  }
  const tooOld = end.stderr.find((line) => line.startsWith("QUINTET_PYTHON_TOO_OLD: "));
  if (tooOld) {
    return new QuintetError("QUINTET_PYTHON_TOO_OLD", tooOld.slice(24), {
      advice: "Name a newer one with --python.",
    });
  }
  const message = `${started} ended (${how}) before the application was loaded.`;
  return new QuintetError("QUINTET_PYTHON_FAILED", message, {
    detail: end.stderr.slice(-15).join("\n"),
  });
}

function advice(code: ErrorCode, python: string): string {
  switch (code) {
    case "QUINTET_NO_DJANGO":
      return `Install it there (${python} -m pip install Django), or name another Python with --python.`;
    case "QUINTET_NO_SETTINGS":
      return 'If the project\'s wsgi.py knows them, have it served: getPythonApplication("shop.wsgi:application")';
    case "QUINTET_BOOT_TIMEOUT":
      return "Where it was then is shown above. If it only needs longer, raise bootTimeout.";
    case "QUINTET_NO_MODULE":
      return "Start quintet in the folder that holds the module, or name that folder with --chdir.";
    default:
      return "";
  }
}
