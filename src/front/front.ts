import { createServer, type Server } from "node:http";
import { listen, parseAddress } from "./bind.ts";
import type { Gateway } from "./gateway.ts";

export interface FrontOptions {
  bind: string[];
  /** Connections that the system may hold for us. */
  backlog: number;
  /** Milliseconds an idle connection is kept. */
  keepAlive: number;
}

/** The listening sockets. HTTP in, HTTP out; never runs a user's code. */
export class Front {
  readonly #options: FrontOptions;
  readonly #gateway: Gateway;
  readonly #servers: Server[] = [];

  constructor(options: FrontOptions, gateway: Gateway) {
    this.#options = options;
    this.#gateway = gateway;
  }

  /**
   * Listen on all addresses. Returns them as a person writes them.
   *
   * @throws {QuintetError} QUINTET_SETTING, QUINTET_BIND
   */
  async listen(): Promise<string[]> {
    const addresses = this.#options.bind.map(parseAddress);
    const where: string[] = [];
    for (const address of addresses) {
      const server = createServer({
        keepAliveTimeout: this.#options.keepAlive,
        // A body may take as long as it takes.
        requestTimeout: 0,
        noDelay: true,
      });
      server.on("request", (request, response) => {
        this.#gateway.handle(request, response, "", request.url as string);
      });
      this.#servers.push(server);
      where.push(await listen(server, address, Math.min(this.#options.backlog, 65535)));
    }
    return where;
  }

  /** Take no new connections; the ones that are open end with their next answer. */
  drain(): void {
    this.#gateway.drain();
    for (const server of this.#servers) {
      server.close();
      server.closeIdleConnections();
    }
  }

  /** End what is still open. */
  close(): void {
    for (const server of this.#servers) {
      if (server.listening) server.close();
      server.closeAllConnections();
    }
  }
}
