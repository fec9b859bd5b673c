import type { Socket } from "node:net";
import type { Log } from "../shared/log.ts";
import { breach } from "../shared/message-shape.ts";
import { type Claim, type Hello, readHello } from "../wire/hello.ts";

/** Connections that have not said hello yet: those of hundreds of workers that start at once. */
const MOST = 2048;
/** Milliseconds that one is given to say it. Ours do so at once; a busy machine may let them wait. */
const PATIENCE = 60_000;
/** A line of the log so often, in milliseconds. */
const PAUSE = 1000;

/** A process that is expected to connect. */
export interface Caller {
  connected(socket: Socket, hello: Hello): void;
  /** Its hello is wrong, though it is its own. */
  break(error: Error): void;
}

/** Finds out whose hello it is; only who knows the token of a process is that process. */
export type FindCaller = (claim: Claim) => Caller | undefined;

/** Where processes connect, until it is known who they are. Whoever does not say that is sent away. */
export class Reception {
  readonly #find: FindCaller;
  readonly #log: Log;
  readonly #waiting: Set<Socket> = new Set();
  #saidAt = -Infinity;
  #unsaid = 0;

  constructor(find: FindCaller, log: Log) {
    this.#find = find;
    this.#log = log;
  }

  receive(socket: Socket): void {
    const [oldest] = this.#waiting;
    if (oldest && this.#waiting.size >= MOST) oldest.destroy();
    this.#waiting.add(socket);
    const late = setTimeout(() => {
      this.#refuse(socket, breach(`no hello within ${PATIENCE / 1000} s`));
    }, PATIENCE).unref();
    const heard = (): void => {
      clearTimeout(late);
      this.#waiting.delete(socket);
    };
    socket.once("close", heard);
    readHello(socket, {
      hello: (hello) => {
        heard();
        const caller = this.#find(hello);
        if (caller) return caller.connected(socket, hello);
        // A worker that has just ended may have connected before.
        socket.destroy();
      },
      broken: (error, claim) => {
        const caller = this.#find(claim);
        if (!caller) return this.#refuse(socket, error);
        socket.destroy();
        caller.break(error);
      },
    });
  }

  /** The process cannot be told: it has not said who it is. */
  #refuse(socket: Socket, error: Error): void {
    socket.destroy();
    if (performance.now() - this.#saidAt < PAUSE) {
      this.#unsaid += 1;
      return;
    }
    const others = this.#unsaid > 0 ? `, and ${this.#unsaid} others since the last line` : "";
    this.#saidAt = performance.now();
    this.#unsaid = 0;
    const message = `a connection to the workers' socket is closed: ${error.message}${others}`;
    this.#log.warn({ code: "QUINTET_PROTOCOL" }, message);
  }
}
