import { type ErrorCode, QuintetError, systemCode } from "../shared/errors.ts";

/** Why a file cannot be sent, and the status for the client. */
export interface FileError {
  status: 403 | 500 | 503;
  code: ErrorCode;
  message: string;
}

/** The user of the server may not read the file. */
const FORBIDDEN = new Set(["EACCES", "EPERM"]);
/** Temporary errors. EAGAIN means that another process has a lease on the file, which it must give up first. */
const TEMPORARY = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

/** @param error a system error, or a QuintetError of the file threads */
export function fileError(error: unknown): FileError {
  const { message } = error as Error;
  const system = systemCode(error) ?? "";
  if (FORBIDDEN.has(system)) return { status: 403, code: "QUINTET_FILE_FORBIDDEN", message };
  if (error instanceof QuintetError || TEMPORARY.has(system))
    return { status: 503, code: "QUINTET_FILE_UNAVAILABLE", message };
  return { status: 500, code: "QUINTET_FILE_FAILED", message };
}
