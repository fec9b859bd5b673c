import type { ErrorCode } from "../../shared/errors.ts";
import { printable } from "../../shared/printable.ts";

/** The status codes of rejected requests, and their error codes. */
interface Codes {
  400: ErrorCode;
  408: ErrorCode;
  413: ErrorCode;
  414: ErrorCode;
  417: ErrorCode;
  431: ErrorCode;
  501: ErrorCode;
  505: ErrorCode;
}

const CODES: Codes = {
  400: "QUINTET_BAD_REQUEST",
  408: "QUINTET_CLIENT_SLOW",
  413: "QUINTET_BODY_TOO_LARGE",
  414: "QUINTET_LINE_TOO_LONG",
  417: "QUINTET_EXPECTATION",
  431: "QUINTET_FIELDS_TOO_LARGE",
  501: "QUINTET_NOT_IMPLEMENTED",
  505: "QUINTET_HTTP_VERSION",
};

export type RequestErrorStatus = keyof Codes;

/** An error in a request. The request is rejected: it does not reach an application, and the client gets this status. */
export class RequestError extends Error {
  readonly status: RequestErrorStatus;

  /** @param reason shown in the log and in the response; may quote the client */
  constructor(status: RequestErrorStatus, reason: string) {
    super(printable(reason));
    this.status = status;
  }

  get code(): ErrorCode {
    return CODES[this.status];
  }
}
