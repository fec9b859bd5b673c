import type { ErrorCode } from "../shared/errors.ts";
import { printable } from "../shared/printable.ts";

/** The statuses of refusals, and their codes. */
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

export type RefusalStatus = keyof Codes;

/** A request that is not handed to an application: what its client is told, and why. */
export class Refusal extends Error {
  readonly status: RefusalStatus;

  constructor(status: RefusalStatus, why: string) {
    // It may quote the client, and goes to the log and into the answer.
    super(printable(why));
    this.status = status;
  }

  get code(): ErrorCode {
    return CODES[this.status];
  }
}
