import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Socket, Server as TcpServer } from "node:net";
import type { ConnectionLimits } from "./connection-limits.ts";
import { type Address, type Inherited, listenBacklog, parseAddress } from "../../config/address.ts";
import { listen, listenInherited } from "./bind.ts";
import { connectionOf } from "../connection/connection.ts";
import type { RequestHandler } from "../request-handler.ts";
import { InputFlowControl } from "../connection/input-flow-control.ts";
import { maxHeadBytes, type RequestLimits } from "../request/request-limits.ts";

/** How often `flushed` checks whether all responses have been sent. */
const FLUSH_POLL_INTERVAL_MS = 20;

export interface ListenersOptions {
  /** Addresses that the settings have checked, or sockets that another process has opened. */
  listen: string[] | Inherited[];
  /** Connections that the kernel may hold for us. */
  backlog: number;
  /** How long an idle connection is kept, in milliseconds; 0 to close each connection after a response. */
  keepAlive: number;
  limits: RequestLimits;
}

/** The listening sockets and the connections of their clients, each served by node:http. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #requestHandler: RequestHandler;
  readonly #connectionLimits: ConnectionLimits;
  readonly #servers: Server[] = [];
  readonly #sockets: Set<Socket> = new Set();
  /** No more connections are accepted. */
  #isDrained = false;

  constructor(
    options: ListenersOptions,
    requestHandler: RequestHandler,
    admission: ConnectionLimits,
  ) {
    this.#options = options;
    this.#requestHandler = requestHandler;
    this.#connectionLimits = admission;
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
    const { limits } = this.#options;
    const server = createServer({
      keepAliveTimeout: this.#options.keepAlive,
      // There is no limit for a whole request: a body may take any time while it keeps arriving (bodyTimeout).
      requestTimeout: 0,
      headersTimeout: limits.headerTimeout,
      connectionsCheckingInterval: checkingInterval(limits.headerTimeout),
      maxHeaderSize: maxHeadBytes(limits),
      // Even if NODE_OPTIONS asks for it: a lenient parser may see two requests where a proxy sees one.
      insecureHTTPParser: false,
      // The request handler checks it, and logs what it rejects.
      requireHostHeader: false,
      noDelay: true,
    });
    // A client that has closed its side still gets its responses.
    (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    // maxHeaderSize limits the head. Beyond a number of headers, some versions of Node drop the rest silently, and a proxy adds
    // its headers at the end.
    server.maxHeadersCount = 0;
    // To node:http a timeout of 0 means no timeout. To the setting it means no keep-alive.
    const hasNoKeepAlive = this.#options.keepAlive === 0;
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
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      if (hasNoKeepAlive) response.shouldKeepAlive = false;
      this.#requestHandler.handle(request, response, "", request.url as string);
    };
    server.on("request", handle);
    // The request handler rejects it.
    server.on("checkExpectation", handle);
    server.on("checkContinue", (request, response) => {
      if (hasNoKeepAlive) response.shouldKeepAlive = false;
      this.#requestHandler.handleExpecting(request, response);
    });
    server.on("clientError", (error, socket) =>
      this.#requestHandler.malformed(error, socket as Socket),
    );
    server.on("connect", (request, stream) => this.#requestHandler.refuseConnect(request, stream));
    this.#servers.push(server);
    const backlog = listenBacklog(this.#options.backlog);
    return typeof where === "string"
      ? listen(server, parseAddress(where) as Address, backlog)
      : listenInherited(server, where, backlog);
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
    // Not close() of node:http, which also closes connections that it takes for idle.
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
   * Closes idle connections, unless a response is still being sent: node:http calls a connection idle once a whole response
   * has been written to it, and would close it while the client still reads.
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

/** How often node:http checks for heads that take too long. Its default is 30 seconds. */
function checkingInterval(timeout: number): number {
  return Math.max(50, Math.min(1000, timeout === 0 ? 1000 : Math.ceil(timeout / 4)));
}
