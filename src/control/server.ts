import { chmodSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { QuintetError } from "../errors.ts";
import { answer, listenTo, type Question, say } from "../parent/line.ts";
import type { Reloads } from "../server/reloads.ts";
import type { Server } from "../server/server.ts";
import type { ServerStatus } from "../status.ts";
import { controlFolder } from "./folder.ts";

/** The socket by which commands reach a front that has no parent; else that has it: python/quintet/parent/control.py. */
export class ControlServer {
  readonly #controlled: Server;
  readonly #reloads: Reloads;
  readonly #folder: string;
  readonly #server = createServer((socket) => this.#hear(socket));

  /** @param folder `off` for none */
  constructor(controlled: Server, reloads: Reloads, folder: string) {
    this.#controlled = controlled;
    this.#reloads = reloads;
    this.#folder = folder;
  }

  /** A server that cannot be reached so serves all the same, and says why. */
  async listen(): Promise<void> {
    if (this.#folder === "off") return;
    try {
      const path = join(controlFolder(this.#folder), `${process.pid}.sock`);
      rmSync(path, { force: true });
      this.#server.listen(path);
      this.#server.unref();
      await once(this.#server, "listening");
      chmodSync(path, 0o600);
      process.on("exit", () => rmSync(path, { force: true }));
    } catch (error) {
      const code = error instanceof QuintetError ? error.code : "QUINTET_CONTROL";
      const { message } = error as Error;
      this.#controlled.log.warn(
        { code },
        `quintet status and reload cannot reach this server: ${message}`,
      );
    }
  }

  #hear(socket: Socket): void {
    listenTo<Question>(socket, (question) => {
      void answer(() => this.#do(question)).then((said) => {
        say(socket, said);
        socket.end();
      });
    });
  }

  #do(question: Question): unknown {
    const why = `quintet ${question.do}`;
    switch (question.do) {
      case "status":
        return this.#status();
      case "reload":
        return this.#reloads.reload(why);
      case "scale":
        return this.#controlled.scale(question.workers as number, why);
      case "stop":
        return this.#controlled.stop(why);
      case "upgrade":
        throw new QuintetError(
          "QUINTET_CONTROL",
          "This server has no parent, and is not upgraded.",
          {
            advice: "It takes a Python 3.9 or newer on this machine when the server is started.",
          },
        );
      default:
        throw new QuintetError("QUINTET_CONTROL", `This server does not know ${question.do}.`);
    }
  }

  #status(): ServerStatus {
    const front = this.#controlled.status();
    const { pid, target, folder, bind, uptime } = front;
    const state = front.state as ServerStatus["state"];
    return { pid, target, folder, bind, state, uptime, fronts: [front] };
  }
}
