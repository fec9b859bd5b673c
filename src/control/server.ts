import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { QuintetError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ServerStatus } from "../status.ts";
import { controlFolder } from "./folder.ts";

/** What can be asked of a server that runs. */
export interface Controlled {
  status(): ServerStatus;
  /** @throws {QuintetError} why nothing was changed */
  reload(why: string): Promise<object>;
  stop(why: string): void;
}

/** What a command is told when something did not work. */
export interface ControlFailure {
  code: string;
  message: string;
  detail: string;
  advice: string;
}

/** A unix socket, of this user alone, by which commands reach the server: HTTP, with JSON both ways. */
export class ControlServer {
  readonly #controlled: Controlled;
  readonly #folder: string;
  readonly #log: Log;
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #path = "";

  /** @param folder `off` for none */
  constructor(controlled: Controlled, folder: string, log: Log) {
    this.#controlled = controlled;
    this.#folder = folder;
    this.#log = log;
  }

  /** A server that cannot be reached so serves all the same, and says why. */
  async listen(): Promise<void> {
    if (this.#folder === "off") return;
    try {
      this.#path = join(controlFolder(this.#folder), `${process.pid}.sock`);
      rmSync(this.#path, { force: true });
      this.#server.listen(this.#path);
      await once(this.#server, "listening");
      chmodSync(this.#path, 0o600);
    } catch (error) {
      this.#path = "";
      const code = error instanceof QuintetError ? error.code : "QUINTET_CONTROL";
      const { message } = error as Error;
      this.#log.warn({ code }, `quintet status and reload cannot reach this server: ${message}`);
    }
  }

  close(): void {
    if (this.#path) rmSync(this.#path, { force: true });
    this.#path = "";
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, value: object): void => {
      const text = `${JSON.stringify(value)}\n`;
      response.writeHead(status, { "Content-Type": "application/json", Connection: "close" });
      response.end(text);
    };
    try {
      answer(200, await this.#do(`${request.method} ${request.url}`));
    } catch (error) {
      const { code = "", message, detail = "", advice = "" } = error as QuintetError;
      answer(500, { code, message, detail, advice } satisfies ControlFailure);
    }
  }

  async #do(what: string): Promise<object> {
    switch (what) {
      case "GET /status":
        return this.#controlled.status();
      case "POST /reload":
        return this.#controlled.reload("quintet reload");
      case "POST /stop":
        this.#controlled.stop("quintet stop");
        return {};
      default:
        throw new QuintetError("QUINTET_CONTROL", `This server does not know ${what}.`);
    }
  }
}
