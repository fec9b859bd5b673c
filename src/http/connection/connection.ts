import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { connectionVariables } from "./connection-variables.ts";
import type { InputFlowControl } from "./input-flow-control.ts";

/**
 * What a connection is doing, as told by its newest request and the response to that:
 *
 * - `idle`: every request has its response, and no other request has begun.
 * - `reading head`: part of the head of the next request has arrived.
 * - `reading body`: part of the body has arrived. There is no response yet.
 * - `queued`: the request is pipelined, and waits until the responses before it are sent.
 * - `handling`: the request is complete. There is no response yet.
 * - `answering`: the response has begun.
 * - `discarding body`: the response is sent, but the request is not complete. What still arrives is dropped.
 * - `lingering`: our side is closed. What still arrives is dropped until the client closes its side (RFC 9112, section 9.6).
 * - `closed`.
 */
export type ConnectionState =
  | "idle"
  | "reading head"
  | "reading body"
  | "queued"
  | "handling"
  | "answering"
  | "discarding body"
  | "lingering"
  | "closed";

/** The request that the application is answering, as its connection sees it. */
export interface CurrentRequest {
  readonly response: ServerResponse;
  readonly requestId: string;
  /** When the request was queued for a worker, by performance.now(); 0 if it was not. */
  readonly queuedAt: number;
  /** The body, if it is streamed, and when it was complete. */
  readonly upload: { readonly wholeAt: number } | null;
  /** Where the response comes from. A worker is held until the client has read it, a file holds none. */
  readonly link: { readonly holdsWorker: boolean } | null;
  /** @param reason for the access log */
  clientGone(reason: string): void;
}

/**
 * A client that closes its side later than this after its request has left. One that does so earlier only says that it has
 * sent all its requests, and still waits for the responses.
 */
const HALF_CLOSE_MS = 150;

const connections = new WeakMap<Socket, Connection>();

/** The record of a client's connection, made on first use. */
export function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket);
  if (known) return known;
  const connection = new Connection(socket);
  connections.set(socket, connection);
  return connection;
}

/** Closes the connection after this response, unless another request has already arrived, which would be lost. */
export function closeAfter(response: ServerResponse): void {
  const connection = connections.get(response.req.socket);
  if (connection?.latest !== response || connection.inputFlow?.hasMore) return;
  response.shouldKeepAlive = false;
}

/** A client's connection: what it is doing, and the requests on it. */
export class Connection {
  readonly socket: Socket;
  /** Its part of every environ. */
  readonly variables: string;
  /** The client connected to a unix socket, so it is a process of this machine. */
  isUnix = false;
  /** The request that an application is answering. */
  current: CurrentRequest | null = null;
  /** Null if the listening socket is another server's, such as that of an Express application. */
  inputFlow: InputFlowControl | null = null;
  /** Why the server has reset the connection; null if it has not. */
  resetReason: string | null = null;
  /** Rejects the newest request when its turn comes: its body is malformed, and it is `queued`. */
  rejectQueued: (() => void) | null = null;
  /** The part of a malformed request line that has arrived. The status depends on the rest of it. */
  malformedLine = "";
  #latest: ServerResponse | null = null;
  #unanswered = 0;
  #isRejected = false;
  #isLingering = false;

  constructor(socket: Socket) {
    this.socket = socket;
    const scheme = "encrypted" in socket && socket.encrypted ? "https" : "http";
    this.variables = connectionVariables(socket, scheme);
    socket.once("close", () => this.current?.clientGone(this.resetReason ?? "the client left"));
  }

  /** The response to the newest request. Pipelined requests before it may be unanswered, too. */
  get latest(): ServerResponse | null {
    return this.#latest;
  }

  /** The number of requests without a complete response: more than one if they are pipelined. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Whether the input is rejected: nothing that arrives from now on is a request. */
  get isRejected(): boolean {
    return this.#isRejected;
  }

  get state(): ConnectionState {
    const { socket } = this;
    const latest = this.#latest;
    if (socket.destroyed) return "closed";
    if (latest?.writableFinished && !latest.req.complete) return "discarding body";
    if (this.#isLingering) return "lingering";
    if (latest === null || isOver(latest)) {
      return this.inputFlow === null || this.inputFlow.head === "" ? "idle" : "reading head";
    }
    if (isQueued(latest)) return "queued";
    if (latest.headersSent) return "answering";
    return latest.req.complete ? "handling" : "reading body";
  }

  /**
   * Registers a new request.
   *
   * @returns the response that must be sent first; null if it is this request's turn
   */
  begin(response: ServerResponse): ServerResponse | null {
    const before = this.#latest;
    this.#latest = response;
    // A framework may answer some requests itself, which we do not see. So the response that we know of may be over although
    // this one is queued behind another.
    if (!isQueued(response) || before === null || isOver(before)) {
      this.#unanswered = 1;
      return null;
    }
    this.#unanswered += 1;
    return before;
  }

  /** Runs the handler of a queued request when the response before it has been sent. */
  onTurn(before: ServerResponse, handle: () => void): void {
    before.once("finish", () => {
      this.#unanswered -= 1;
      handle();
    });
  }

  rejectInput(): void {
    this.#isRejected = true;
  }

  /** Our side is closed, or is being closed, and what still arrives is dropped. */
  linger(): void {
    this.#isLingering = true;
  }

  /** Whether part of a response is still to be sent, as far as this process knows: the kernel has not taken all of it. */
  get isResponding(): boolean {
    const { state, current } = this;
    if (state === "answering" || state === "queued") return true;
    if (state !== "handling" && state !== "reading body") return false;
    // The response comes from a file whose first block is being read. No worker is busy with it any more.
    return current?.response === this.#latest && current?.link?.holdsWorker === false;
  }

  /**
   * The client has closed its side. The kernel does not tell whether the client still reads, so the time decides: see
   * HALF_CLOSE_MS.
   */
  clientEnded(): void {
    const { current } = this;
    if (!current || current.response !== this.#latest || current.queuedAt === 0) return;
    // A streamed body may still arrive after the request was queued.
    const sentAt = current.upload === null ? current.queuedAt : current.upload.wholeAt;
    if (!current.response.writableFinished && performance.now() - sentAt > HALF_CLOSE_MS) {
      this.socket.destroySoon();
    }
  }
}

// node:http gives a response its socket when its turn comes, and takes it away when the response is sent and the end of the
// connection, if it was the last response, has been started. Only these two functions rely on that.

function isQueued(response: ServerResponse): boolean {
  return response.socket === null;
}

/** Also false while node:http still has to handle the end of the response: some versions set writableFinished before that. */
function isOver(response: ServerResponse): boolean {
  return response.writableFinished && response.socket === null;
}
