import type { Socket } from "node:net";
import { pluralize } from "../shared/pluralize.ts";
import { descriptorLimit, reportNoDescriptor } from "../shared/descriptors.ts";
import type { Log } from "../shared/log.ts";
import { clientGroup } from "./client-group.ts";
import { clientAddress } from "./environ.ts";
import { endSocket } from "./linger.ts";
import { rawAnswer } from "./raw-answer.ts";

export interface AdmissionOptions {
  /** Connections at once, in all. */
  most: number;
  /** Those of one client; 0 for no limit of its own. */
  mostPerClient: number;
}

const CODE = "QUINTET_TOO_MANY_CONNECTIONS";
/** Milliseconds between two lines of the log. */
const PAUSE = 1000;
/** Refused connections that are kept until their clients have read why; beyond them they are closed at once. */
const MOST_LINGERING = 64;

/** Lets connections in, or tells them 503 and closes them. Nobody waits. */
export class Admission {
  /** How many are open. */
  open = 0;
  /** How many have been refused. */
  refused = 0;
  readonly most: number;
  readonly #mostPerClient: number;
  readonly #log: Log;
  readonly #clients: Map<string, number> = new Map();
  #lingering = 0;
  /** Refused since the last line of the log, and the last client of them that had too many of its own. */
  #unsaid = 0;
  #greedy = "";
  #pause: NodeJS.Timeout | null = null;

  constructor({ most, mostPerClient }: AdmissionOptions, log: Log) {
    this.most = most;
    this.#mostPerClient = mostPerClient;
    this.#log = log;
  }

  /** Whether it is let in. */
  admit(socket: Socket): boolean {
    if (descriptorOf(socket) === descriptorLimit - 1) reportNoDescriptor("accept a connection");
    // That of a unix socket has no address.
    const client = this.#mostPerClient > 0 ? clientGroup(clientAddress(socket)) : "";
    const own = this.#clients.get(client) ?? 0;
    const isGreedy = client !== "" && own >= this.#mostPerClient;
    if (isGreedy || this.open >= this.most) {
      this.#refuse(socket, isGreedy ? client : "");
      return false;
    }
    this.open += 1;
    if (client !== "") this.#clients.set(client, own + 1);
    socket.once("close", () => {
      this.open -= 1;
      if (client !== "") this.#leave(client);
    });
    return true;
  }

  #leave(client: string): void {
    const left = (this.#clients.get(client) ?? 1) - 1;
    if (left > 0) this.#clients.set(client, left);
    else this.#clients.delete(client);
  }

  #refuse(socket: Socket, client: string): void {
    this.refused += 1;
    this.#unsaid += 1;
    if (client !== "") this.#greedy = client;
    if (this.#pause === null) this.#say();
    socket.on("error", () => {});
    // What it has sent is read, for a reset would take the answer from it.
    socket.resume();
    const answer = rawAnswer(503, CODE, ["Retry-After: 1"]);
    if (this.#lingering >= MOST_LINGERING) return void socket.end(answer, () => socket.destroy());
    this.#lingering += 1;
    socket.once("close", () => (this.#lingering -= 1));
    endSocket(socket, answer);
  }

  #say(): void {
    this.#pause = null;
    if (this.#unsaid === 0) return;
    const refused = `refused ${pluralize(this.#unsaid, "connection")}`;
    const why =
      this.#greedy === ""
        ? `${this.open} are open, as many as maxConnections allows`
        : `${this.#greedy} has ${this.#mostPerClient}, as many as maxConnectionsPerClient allows`;
    this.#log.warn({ code: CODE }, `${refused}: ${why}`);
    this.#unsaid = 0;
    this.#greedy = "";
    this.#pause = setTimeout(() => this.#say(), PAUSE).unref();
  }
}

/**
 * As many connections as there can be, if none are asked for: what the limit of descriptors allows, less what workers, their
 * output and files take.
 */
export function mostConnections(wanted: number, workers: number): number {
  if (wanted > 0) return wanted;
  if (descriptorLimit === Infinity) return Infinity;
  return Math.max(Math.floor(descriptorLimit / 2), descriptorLimit - 192 - 16 * workers);
}

/** The system gives the lowest number that is free, so the highest of all means that it was the last. */
function descriptorOf(socket: Socket): number | undefined {
  return (socket as Socket & { _handle?: { fd?: number } })._handle?.fd;
}
