import { once } from "node:events";
import { chmodSync, renameSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { controlFolder } from "../../config/control-folder.ts";
import {
  COMMAND_TIMEOUT_MS,
  MAX_COMMAND_CONNECTIONS,
  MAX_QUESTION_CHARACTERS,
} from "../../master/control-table.ts";
import { readLines, sendLine } from "../../master/json-lines.ts";
import { type Answer, answer, type Question } from "../../master/messages.ts";
import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";

/**
 * The socket through which commands reach a server without a master. The master's is
 * python/quintet/master/control/control_socket.py. Each connection carries one question and its answer.
 */
export class ControlSocket {
  readonly #log: Log;
  readonly #ask: (question: Question) => unknown;
  readonly #server = createServer((socket) => this.#connected(socket));

  /** @param ask answers a question, or throws the reason why it cannot */
  constructor(log: Log, ask: (question: Question) => unknown) {
    this.#log = log;
    this.#ask = ask;
  }

  /**
   * Listen in a folder. A failure is only logged: the server keeps running.
   *
   * @param folder null for none
   */
  async listen(folder: string | null): Promise<void> {
    if (folder === null) return;
    try {
      const path = join(controlFolder(folder), `${process.pid}.sock`);
      // Rename the socket only once it listens: commands take a socket that refuses connections for a dead server's, and
      // remove it.
      const made = `${path}.new`;
      rmSync(made, { force: true });
      this.#server.maxConnections = MAX_COMMAND_CONNECTIONS;
      this.#server.listen(made);
      this.#server.unref();
      await once(this.#server, "listening");
      chmodSync(made, 0o600);
      renameSync(made, path);
      process.on("exit", () => rmSync(path, { force: true }));
    } catch (error) {
      const code = error instanceof QuintetError ? error.code : "QUINTET_CONTROL";
      const { message } = error as Error;
      this.#log.warn({ code }, `quintet status and reload cannot reach this server: ${message}`);
    }
  }

  #connected(socket: Socket): void {
    let asked = false;
    const timeout = setTimeout(() => socket.destroy(), COMMAND_TIMEOUT_MS).unref();
    socket.once("close", () => clearTimeout(timeout));
    const reply = async (answering: Promise<Answer>): Promise<void> => {
      asked = true;
      clearTimeout(timeout);
      const said = await answering;
      socket.setTimeout(COMMAND_TIMEOUT_MS, () => socket.destroy());
      sendLine(socket, said);
      socket.end();
    };
    const listener = {
      received: (question: Record<string, unknown>): void => {
        if (!asked) void reply(answer(() => this.#ask(question as Question)));
      },
      broken: (error: Error): void => {
        if (asked) return;
        const message = `a connection to the control socket is closed: ${error.message}`;
        this.#log.warn({ code: "QUINTET_PROTOCOL" }, message);
        void reply(answer(() => Promise.reject(error)));
      },
    };
    readLines(socket, listener, MAX_QUESTION_CHARACTERS);
  }
}
