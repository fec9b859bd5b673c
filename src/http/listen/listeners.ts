import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type Socket, Server as TcpServer } from "node:net";
import type { ConnectionLimits } from "./connection-limits.ts";
import {
  type Address,
  type Inherited,
  listenBacklog,
  parseAddress,
} from "../../config/values/address.ts";
import { listen, listenInherited } from "./bind.ts";
import { connectionOf } from "../connection/connection.ts";
import type { RequestHandler } from "../request-handler.ts";
import { InputFlowControl } from "../connection/input-flow-control.ts";
import type { RequestLimits } from "../request/request-limits.ts";
import { createHttpServer } from "./http-server.ts";

/** How often `flushed` checks whether all responses have been sent. */
const FLUSH_POLL_INTERVAL_MS = 20;

export interface ListenersOptions {
  /** Addresses that the settings have checked, or sockets that another process has opened. */
  listen: string[] | Inherited[];
  /** How many connections may wait in the kernel's queue. */
  backlog: number;
  /** How long an idle connection is kept; 0 to close each connection after a response. */
  keepAliveMs: number;
  limits: RequestLimits;
}

/** The listening sockets and the connections of their clients, each served by node:http. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #requestHandler: RequestHandler;
  readonly #connectionLimits: ConnectionLimits;
  readonly #servers: Server[] = [];
  readonly #sockets: Set<Socket> = new Set();
  /** Set when no more connections are accepted. */
  #isDrained = false;

  constructor(
    options: ListenersOptions,
    requestHandler: RequestHandler,
    connectionLimits: ConnectionLimits,
  ) {
    this.#options = options;
    this.#requestHandler = requestHandler;
    this.#connectionLimits = connectionLimits;
  }

  /**
   * Listens on all addresses, or on none.
   *
   * @returns the addresses as a person writes them
   * @throws {QuintetError} QUINTET_BIND
   */
  async listen(): Promise<string[]> {
    const where: string[] = [];
    try {
      for (const each of this.#options.listen) {
        // Another front has taken over before this one was ready.
        if (this.#isDrained) break;
        where.push(await this.#listen(each));
      }
      if (this.#isDrained) this.#closeListening();
      return where;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #listen(where: string | Inherited): Promise<string> {
    const server = createHttpServer(this.#options.keepAliveMs, this.#options.limits);
    this.#acceptConnections(server);
    this.#handleRequests(server);
    this.#servers.push(server);
    const backlog = listenBacklog(this.#options.backlog);
    return typeof where === "string"
      ? listen(server, parseAddress(where) as Address, backlog)
      : listenInherited(server, where, backlog);
  }

  #acceptConnections(server: Server): void {
    let isUnix = false;
    server.once("listening", () => {
      isUnix = typeof (server.address() ?? "") === "string";
    });
    // A connection beyond the limits does not even get a parser.
    const [serveHttp] = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      if (!this.#connectionLimits.admit(socket)) return;
      serveHttp?.call(server, socket);
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      const connection = connectionOf(socket);
      socket.prependOnceListener("end", () => connection.clientEnded());
      connection.isUnix = isUnix;
      connection.inputFlow = new InputFlowControl(socket, connection);
    });
  }

  #handleRequests(server: Server): void {
    const handler = this.#requestHandler;
    // To node:http a timeout of 0 means no timeout. To the setting it means no keep-alive.
    const hasNoKeepAlive = this.#options.keepAliveMs === 0;
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      if (hasNoKeepAlive) response.shouldKeepAlive = false;
      handler.handle(request, response, "", request.url as string);
    };
    server.on("request", handle);
    // The request handler rejects it.
    server.on("checkExpectation", handle);
    server.on("checkContinue", (request, response) => {
      if (hasNoKeepAlive) response.shouldKeepAlive = false;
      handler.handleExpecting(request, response);
    });
    server.on("clientError", (error, socket) => handler.malformed(error, socket as Socket));
    server.on("connect", (request, stream) => handler.rejectConnect(request, stream));
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  /**
   * Accepts no more connections. Open ones are closed after their next response.
   *
   * @param idle whether idle connections are closed at once
   */
  drain(idle: "end idle" | "leave idle"): void {
    this.#isDrained = true;
    this.#requestHandler.drain();
    this.#closeListening();
    if (idle === "end idle") this.#closeIdle();
  }

  #closeListening(): void {
    // node:http's own close() would also close connections that it considers idle.
    for (const server of this.#servers) {
      if (server.listening) TcpServer.prototype.close.call(server);
    }
  }

  /** Resolves when all responses that have begun have been sent, even to clients that read slowly. */
  async flushed(): Promise<void> {
    while (!this.#closeIdle())
      await new Promise((resolve) => setTimeout(resolve, FLUSH_POLL_INTERVAL_MS));
  }

  /**
   * Closes idle connections, unless a response is still being sent: node:http considers a connection idle as soon as a whole
   * response has been written to it, and would close it while the client still reads.
   *
   * @returns whether they have been closed
   */
  #closeIdle(): boolean {
    if (Array.from(this.#sockets, connectionOf).some(({ isResponding }) => isResponding))
      return false;
    for (const server of this.#servers) server.closeIdleConnections();
    return true;
  }

  /** Closes everything that is open. */
  close(): void {
    for (const server of this.#servers) {
      if (server.listening) server.close();
      server.closeAllConnections();
    }
  }
}
