import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { reportIfNoDescriptor } from "../shared/descriptors.ts";
import type { QuintetError } from "../shared/errors.ts";
import type { Access, Log } from "../shared/log.ts";
import { clientAddress } from "./connection/client-address.ts";
import type { Connection } from "./connection/connection.ts";
import type { RequestError } from "./reject/request-error.ts";

/** A request as the log names it. */
export interface LoggedRequest {
  readonly requestId: string;
  /** Method and target: "GET /orders/". */
  describe(): string;
}

/** The log lines about requests and their connections. */
export class RequestLog {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  access(access: Access, request?: string): void {
    this.#log.info({ access, request });
  }

  /** Logs a request that failed in the server, not in the application. */
  failed(request: LoggedRequest, { code, message }: QuintetError): void {
    const fields = { code, request: request.requestId };
    this.#log.error(fields, `${request.describe()}: ${code}: ${message}`);
  }

  /** A body or a response could not be kept in a temporary file. */
  unspooled(request: LoggedRequest, error: unknown): void {
    reportIfNoDescriptor(error, "open a file");
    const fields = { err: error, request: request.requestId };
    this.#log.warn(fields, `${request.describe()}: no temporary file for it`);
  }

  /** @param request the request id, if node:http has parsed the request */
  rejected(socket: Socket, { status, code, message }: RequestError, request?: string): void {
    const fields = request === undefined ? { code } : { code, request };
    const statusText = `${status} ${STATUS_CODES[status]}`;
    this.#log.info(fields, `${clientAddress(socket)}: ${statusText}: ${message}`);
  }

  /** @param reason why the connection is reset; begins with "the client" */
  reset({ socket, latest, current }: Connection, reason: string): void {
    const target = latest === null ? "" : `${latest.req.method} ${latest.req.url}: `;
    const message = `${clientAddress(socket)}: ${target}${reason}; its connection is reset`;
    const request = current?.response === latest ? current?.requestId : undefined;
    this.#log.info({ code: "QUINTET_SEND_TIMEOUT", request }, message);
  }

  staticFileFailed(code: string, request: string, message: string): void {
    this.#log.error({ code, request }, message);
  }
}
