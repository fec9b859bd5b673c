import { type ErrorCode, QuintetError, systemCode } from "../shared/errors.ts";

/** Why a file is not sent, and with which status a client hears of it. */
export interface FileError {
  status: 403 | 500 | 503;
  code: ErrorCode;
  message: string;
}

/** System errors by what to do about them: let this user read the file; nothing, for they pass. */
const FORBIDDEN = new Set(["EACCES", "EPERM"]);
// EAGAIN: somebody has a lease on the file, and would have to give it back first.
const PASSES = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

export function fileError(error: unknown): FileError {
  const { message } = error as Error;
  const system = systemCode(error) ?? "";
  if (FORBIDDEN.has(system)) return { status: 403, code: "QUINTET_FILE_FORBIDDEN", message };
  if (error instanceof QuintetError || PASSES.has(system))
    return { status: 503, code: "QUINTET_FILE_UNAVAILABLE", message };
  return { status: 500, code: "QUINTET_FILE_FAILED", message };
}
