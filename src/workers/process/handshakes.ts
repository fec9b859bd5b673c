import type { Socket } from "node:net";
import type { Log } from "../../shared/log.ts";
import { breach } from "../../shared/message-shape.ts";
import { type Claim, readHello } from "../../wire/hello.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

/** Enough for hundreds of workers that start at the same time. */
const MAX_WAITING = 2048;
/** Our processes send their hello at once, but a busy machine may delay it. */
const HELLO_TIMEOUT_MS = 60_000;
/** At most one line of the log in this time. */
const LOG_INTERVAL_MS = 1000;

/**
 * Finds the process that a hello names. Only the process itself knows its token.
 *
 * @returns undefined if there is no such process, or the token is wrong
 */
export type FindProcess = (claim: Claim) => SupervisedProcess | undefined;

/**
 * The connections to the workers' socket that have not sent a hello yet. The hello says which process has connected, and the
 * connection is handed to that process. Connections without a valid hello are closed.
 */
export class Handshakes {
  readonly #find: FindProcess;
  readonly #log: Log;
  readonly #waiting: Set<Socket> = new Set();
  #loggedAt = -Infinity;
  #unlogged = 0;

  constructor(find: FindProcess, log: Log) {
    this.#find = find;
    this.#log = log;
  }

  /** Wait for the hello on a new connection. */
  accept(socket: Socket): void {
    const [oldest] = this.#waiting;
    if (oldest && this.#waiting.size >= MAX_WAITING) oldest.destroy();
    this.#waiting.add(socket);
    const timer = setTimeout(() => {
      this.#refuse(socket, breach(`no hello within ${HELLO_TIMEOUT_MS / 1000} s`));
    }, HELLO_TIMEOUT_MS).unref();
    const done = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
    };
    socket.once("close", done);
    readHello(socket, {
      hello: (hello) => {
        done();
        const found = this.#find(hello);
        if (found) return found.connected(socket, hello);
        // The worker has ended since it connected.
        socket.destroy();
      },
      broken: (error, claim) => {
        const found = this.#find(claim);
        if (!found) return this.#refuse(socket, error);
        socket.destroy();
        found.break(error);
      },
    });
  }

  /** Close a connection of an unknown process. */
  #refuse(socket: Socket, error: Error): void {
    socket.destroy();
    if (performance.now() - this.#loggedAt < LOG_INTERVAL_MS) {
      this.#unlogged += 1;
      return;
    }
    const others = this.#unlogged > 0 ? `, and ${this.#unlogged} others since the last line` : "";
    this.#loggedAt = performance.now();
    this.#unlogged = 0;
    const message = `a connection to the workers' socket is closed: ${error.message}${others}`;
    this.#log.warn({ code: "QUINTET_PROTOCOL" }, message);
  }
}
