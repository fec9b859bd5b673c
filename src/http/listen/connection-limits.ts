import type { Socket } from "node:net";
import { descriptorLimit, reportNoDescriptor } from "../../shared/descriptors.ts";
import type { Log } from "../../shared/log.ts";
import { pluralize } from "../../shared/pluralize.ts";
import { clientAddress } from "../connection/client-address.ts";
import { endAndLinger } from "../connection/lingering-close.ts";
import { rawResponse } from "../response/raw-response.ts";
import { clientGroup } from "./client-group.ts";

export interface ConnectionLimitsOptions {
  /** The most connections at once. */
  max: number;
  /** The most connections of one client; 0 for no limit. */
  maxPerClient: number;
}

const CODE = "QUINTET_TOO_MANY_CONNECTIONS";
const LOG_INTERVAL_MS = 1000;
/** How many rejected connections may stay open until their clients have read the response. Further ones are closed at once. */
const MAX_LINGERING = 64;

/** Accepts connections up to a limit. Further ones get 503 and are closed. */
export class ConnectionLimits {
  /** The number of open connections. */
  open = 0;
  /** The number of connections that have been rejected. */
  refused = 0;
  readonly max: number;
  readonly #maxPerClient: number;
  readonly #log: Log;
  readonly #byClient: Map<string, number> = new Map();
  #lingering = 0;
  /** Connections that have been rejected since the last log line. */
  #unlogged = 0;
  /** The last client since then that had too many connections of its own; empty for none. */
  #unloggedClient = "";
  #logTimer: NodeJS.Timeout | null = null;

  constructor({ max, maxPerClient }: ConnectionLimitsOptions, log: Log) {
    this.max = max;
    this.#maxPerClient = maxPerClient;
    this.#log = log;
  }

  /** @returns false if the connection has been rejected */
  admit(socket: Socket): boolean {
    // The kernel assigns the lowest free number, so the highest one means that no other is free.
    if (descriptorOf(socket) === descriptorLimit - 1) reportNoDescriptor("accept a connection");
    // A unix socket has no address, so its clients have no limit of their own.
    const client = this.#maxPerClient > 0 ? clientGroup(clientAddress(socket)) : "";
    const ofClient = this.#byClient.get(client) ?? 0;
    const hasTooMany = client !== "" && ofClient >= this.#maxPerClient;
    if (hasTooMany || this.open >= this.max) {
      this.#reject(socket, hasTooMany ? client : "");
      return false;
    }
    this.open += 1;
    if (client !== "") this.#byClient.set(client, ofClient + 1);
    socket.once("close", () => {
      this.open -= 1;
      if (client !== "") this.#closed(client);
    });
    return true;
  }

  #closed(client: string): void {
    const left = (this.#byClient.get(client) ?? 1) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
  }

  /** @param client the client that has too many connections; empty if all clients together have too many */
  #reject(socket: Socket, client: string): void {
    this.refused += 1;
    this.#unlogged += 1;
    if (client !== "") this.#unloggedClient = client;
    if (this.#logTimer === null) this.#logRejected();
    socket.on("error", () => {});
    // Unread input would make the kernel reset the connection, and the client would lose the response.
    socket.resume();
    const response = rawResponse(503, CODE, []);
    if (this.#lingering >= MAX_LINGERING) return void socket.end(response, () => socket.destroy());
    this.#lingering += 1;
    socket.once("close", () => (this.#lingering -= 1));
    endAndLinger(socket, response);
  }

  #logRejected(): void {
    this.#logTimer = null;
    if (this.#unlogged === 0) return;
    const reason =
      this.#unloggedClient === ""
        ? `${this.open} are open, as many as maxConnections allows`
        : `${this.#unloggedClient} has ${this.#maxPerClient}, as many as maxConnectionsPerClient allows`;
    this.#log.warn({ code: CODE }, `refused ${pluralize(this.#unlogged, "connection")}: ${reason}`);
    this.#unlogged = 0;
    this.#unloggedClient = "";
    this.#logTimer = setTimeout(() => this.#logRejected(), LOG_INTERVAL_MS).unref();
  }
}

/** File descriptors to reserve for the server itself, and for each worker. */
const SERVER_DESCRIPTORS = 192;
const WORKER_DESCRIPTORS = 16;

/**
 * The most connections at once.
 *
 * @param setting maxConnections; 0 for the limit of file descriptors, minus what workers and files need
 */
export function connectionLimit(setting: number, workers: number): number {
  if (setting > 0) return setting;
  if (descriptorLimit === Infinity) return Infinity;
  const others = SERVER_DESCRIPTORS + WORKER_DESCRIPTORS * workers;
  return Math.max(Math.floor(descriptorLimit / 2), descriptorLimit - others);
}

function descriptorOf(socket: Socket): number | undefined {
  return (socket as Socket & { _handle?: { fd?: number } })._handle?.fd;
}
