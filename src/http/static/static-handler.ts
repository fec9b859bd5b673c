import type { IncomingMessage, ServerResponse } from "node:http";
import { posix } from "node:path";
import { type FileError, fileError } from "../../files/file-error.ts";
import { LogThrottle } from "../log-throttle.ts";
import type { RequestLog } from "../request-log.ts";
import type { AddedHeaders, PathHeaders } from "../response/path-headers.ts";
import type { FoundMount } from "./mounts.ts";
import { serveStatic } from "./serve-static.ts";

/** A request and its response. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
}

/** Serves static files from the mounts that may have them. */
export class StaticHandler {
  readonly #log: RequestLog;
  readonly #accessLog: boolean;
  readonly #throttle: LogThrottle = new LogThrottle();

  constructor(log: RequestLog, accessLog: boolean) {
    this.#log = log;
    this.#accessLog = accessLog;
  }

  /**
   * @param mounts in search order
   * @param path SCRIPT_NAME and PATH_INFO
   * @param headers added to the response
   * @returns the error if a file exists but cannot be sent; the caller has to answer it
   */
  async serve(
    mounts: FoundMount[],
    { request, response, requestId }: Exchange,
    path: string,
    headers: PathHeaders,
  ): Promise<"served" | "not found" | FileError> {
    // Look up the headers of the normalized path, without steps such as `..`.
    const added: AddedHeaders | null = headers.of(posix.normalize(path));
    const log = this.#accessLog ? this.#log : null;
    try {
      for (const mount of mounts) {
        if (await serveStatic(mount, request, response, added, log)) return "served";
      }
      return "not found";
    } catch (error) {
      const failure = fileError(error);
      const { code, message } = failure;
      this.#throttle.log(code, (suffix) => {
        const line = `static file ${request.url}: ${code}: ${message}${suffix}`;
        this.#log.staticFileFailed(code, requestId, line);
      });
      return failure;
    }
  }
}
