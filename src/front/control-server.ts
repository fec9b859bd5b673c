import { chmodSync, renameSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { QuintetError } from "../shared/errors.ts";
import { answer, listenTo, QUESTION_MOST, say } from "../master/messages.ts";
import type { Reloads } from "./reloads.ts";
import type { Server } from "./server.ts";
import type { ServerStatus } from "./status.ts";
import { isWhole, show } from "../shared/message-shape.ts";
import { MAX_WORKERS } from "../config/values/worker-range.ts";
import { controlFolder } from "../config/control-folder.ts";

/** Milliseconds in which whoever connects has to say what it wants, and then to take the answer. */
const PATIENCE = 5000;
/** Connections at once. */
const CONNECTIONS_MOST = 64;

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
      // Its name is another one until it listens: a command takes a socket that refuses it for that of a dead server.
      const made = `${path}.new`;
      rmSync(made, { force: true });
      this.#server.maxConnections = CONNECTIONS_MOST;
      this.#server.listen(made);
      this.#server.unref();
      await once(this.#server, "listening");
      chmodSync(made, 0o600);
      renameSync(made, path);
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

  /** One question a connection, and its answer. */
  #hear(socket: Socket): void {
    let asked = false;
    const late = setTimeout(() => socket.destroy(), PATIENCE).unref();
    socket.once("close", () => clearTimeout(late));
    const once = (doing: () => unknown): void => {
      if (asked) return;
      asked = true;
      clearTimeout(late);
      void answer(doing).then((said) => {
        socket.setTimeout(PATIENCE, () => socket.destroy());
        say(socket, said);
        socket.end();
      });
    };
    const broken = (error: Error): void =>
      once(() => {
        const message = `a connection to the control socket is closed: ${error.message}`;
        this.#controlled.log.warn({ code: "QUINTET_PROTOCOL" }, message);
        throw error;
      });
    const told = (question: Record<string, unknown>): void => once(() => this.#do(question));
    listenTo(socket, told, broken, QUESTION_MOST);
  }

  #do(question: Record<string, unknown>): unknown {
    const { do: what } = question;
    const why = `quintet ${what as string}`;
    switch (what) {
      case "status":
        return this.#status();
      case "reload":
        return this.#reloads.reload(why);
      case "scale":
        return this.#controlled.scale(workersOf(question), why);
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
        throw new QuintetError("QUINTET_CONTROL", `This server does not know ${show(what)}.`);
    }
  }

  #status(): ServerStatus {
    const front = this.#controlled.status();
    const { pid, target, folder, bind, uptime } = front;
    const state = front.state as ServerStatus["state"];
    return { pid, target, folder, bind, state, uptime, fronts: [front] };
  }
}

/** @throws {QuintetError} QUINTET_CONTROL */
function workersOf({ workers }: Record<string, unknown>): number {
  if (isWhole(1, MAX_WORKERS)(workers)) return workers as number;
  const message = `A number of workers is from 1 to ${MAX_WORKERS}, not ${show(workers)}.`;
  throw new QuintetError("QUINTET_CONTROL", message);
}
