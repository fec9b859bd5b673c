import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Socket, Server as TcpServer } from "node:net";
import type { Admission } from "./admission.ts";
import {
  type Address,
  type Inherited,
  listenBacklog,
  parseAddress,
} from "../config/values/address.ts";
import { listen, listenInherited } from "./listen.ts";
import { clientEnded, connectionOf, isAnswering } from "./connection.ts";
import type { Gateway } from "./gateway.ts";
import { Intake } from "./intake.ts";
import { headLimit, type RequestLimits } from "./request-limits.ts";

/** How often it is looked whether answers have gone out, in milliseconds. */
const LOOK = 20;

export interface FrontOptions {
  /** Addresses, as the settings have checked them, or sockets. */
  listen: string[] | Inherited[];
  /** Connections that the system may hold for us. */
  backlog: number;
  /** Milliseconds an idle connection is kept. */
  keepAlive: number;
  limits: RequestLimits;
}

/** The listening sockets. HTTP in, HTTP out; never runs a user's code. */
export class Front {
  readonly #options: FrontOptions;
  readonly #gateway: Gateway;
  readonly #admission: Admission;
  readonly #servers: Server[] = [];
  readonly #sockets: Set<Socket> = new Set();
  /** It takes no new connections, or no more. */
  #drained = false;

  constructor(options: FrontOptions, gateway: Gateway, admission: Admission) {
    this.#options = options;
    this.#gateway = gateway;
    this.#admission = admission;
  }

  /**
   * Listen on all addresses, or on none. Returns them as a person writes them.
   *
   * @throws {QuintetError} QUINTET_BIND
   */
  async listen(): Promise<string[]> {
    const where: string[] = [];
    try {
      for (const each of this.#options.listen) {
        // Another has taken over before this one was ready.
        if (this.#drained) break;
        where.push(await this.#listen(each));
      }
      if (this.#drained) this.#closeListening();
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
      // A body may take as long as it takes, if only something of it comes.
      requestTimeout: 0,
      headersTimeout: limits.headerTimeout,
      connectionsCheckingInterval: checkingInterval(limits.headerTimeout),
      maxHeaderSize: headLimit(limits),
      // Whatever NODE_OPTIONS say: a lenient parser takes for two requests what others take for one.
      insecureHTTPParser: false,
      // The gateway looks for it, and says in the log what it misses.
      requireHostHeader: false,
      noDelay: true,
    });
    // A client that has sent all it wants to is answered nevertheless.
    (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    // The size of a head is limited. Some Nodes drop what is beyond a number of headers without a word, such as those
    // that a proxy has added at the end.
    server.maxHeadersCount = 0;
    // To node:http a timeout of 0 means no timeout; to the setting it means no keep-alive.
    const closes = this.#options.keepAlive === 0;
    // What is refused does not even get a parser.
    let isUnix = false;
    server.once("listening", () => {
      isUnix = typeof (server.address() ?? "") === "string";
    });
    const [serveHttp] = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      if (!this.#admission.admit(socket)) return;
      serveHttp?.call(server, socket);
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      socket.prependOnceListener("end", () => clientEnded(socket));
      const connection = connectionOf(socket);
      connection.unix = isUnix;
      connection.intake = new Intake(socket, connection);
    });
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      if (closes) response.shouldKeepAlive = false;
      this.#gateway.handle(request, response, "", request.url as string);
    };
    server.on("request", handle);
    // The gateway refuses it.
    server.on("checkExpectation", handle);
    server.on("checkContinue", (request, response) => {
      if (closes) response.shouldKeepAlive = false;
      this.#gateway.handleExpecting(request, response);
    });
    server.on("clientError", (error, socket) => this.#gateway.malformed(error, socket as Socket));
    server.on("connect", (request, stream) => this.#gateway.refuseConnect(request, stream));
    this.#servers.push(server);
    const backlog = listenBacklog(this.#options.backlog);
    return typeof where === "string"
      ? listen(server, parseAddress(where) as Address, backlog)
      : listenInherited(server, where, backlog);
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Take no new connections; the ones that are open end with their next answer, and those that are idle at once. */
  drain(idle: "end idle" | "leave idle"): void {
    this.#drained = true;
    this.#gateway.drain();
    this.#closeListening();
    if (idle === "end idle") this.#closeIdle();
  }

  #closeListening(): void {
    // Not http's own close(), which ends what it takes for idle.
    for (const server of this.#servers) {
      if (server.listening) TcpServer.prototype.close.call(server);
    }
  }

  /** Resolves when every answer that has begun has gone out, to a client that reads slowly, too. */
  async flushed(): Promise<void> {
    while (!this.#closeIdle()) await new Promise((resolve) => setTimeout(resolve, LOOK));
  }

  /**
   * End connections on which nothing happens, if no answer is on its way: node:http calls a connection idle once all of
   * an answer is written to it, and ends it while the client still reads.
   */
  #closeIdle(): boolean {
    if (Array.from(this.#sockets).some(isAnswering)) return false;
    for (const server of this.#servers) server.closeIdleConnections();
    return true;
  }

  /** End what is still open. */
  close(): void {
    for (const server of this.#servers) {
      if (server.listening) server.close();
      server.closeAllConnections();
    }
  }
}

/** node:http looks for heads that take too long every 30 seconds, unless it is told to look more often. */
function checkingInterval(timeout: number): number {
  return Math.max(50, Math.min(1000, timeout === 0 ? 1000 : Math.ceil(timeout / 4)));
}
