import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { connectionVariables } from "./environ.ts";
import type { HttpTask } from "./http-task.ts";
import type { Intake } from "./intake.ts";

/** What is kept for a connection of a client. */
export interface Connection {
  /** Its part of every environ. */
  variables: string;
  /** It came over a unix socket, so from a process of this machine. */
  unix: boolean;
  /** The request that an application is answering. */
  current: HttpTask | null;
  /** The response to the request that came last; others that are pipelined come before it. */
  latest: ServerResponse | null;
  /** How many requests are not answered: more than one where they are pipelined. */
  unanswered: number;
  /** Where the connection is our server's. */
  intake: Intake | null;
  /** Why the client has been cut off; null if it has not. */
  cut: string | null;
  /** The parser has refused what came: nothing more is read. */
  refused: boolean;
  /** Refuses the latest request, of which the parser has refused the body, when its turn comes. */
  refuseLatest: (() => void) | null;
  /** What has come of a request line that the parser refuses, while the rest of it decides about the status. */
  line: string;
}

/** Milliseconds behind its request in which a client that ends its half of the connection still waits for the answer. */
const HALF_CLOSE = 150;

const connections = new WeakMap<Socket, Connection>();

/** An answer has begun that is not whole yet, as far as we can see: the system has not taken all of it. */
export function isAnswering(socket: Socket): boolean {
  const connection = connections.get(socket);
  const latest = connection?.latest;
  if (!latest || latest.writableFinished || socket.destroyed) return false;
  // One that has no socket waits until the one before it is sent.
  if (latest.headersSent || latest.socket === null) return true;
  // The first block of its file is being read, and its worker is free already.
  const { current } = connection;
  return current?.response === latest && current.link?.holdsWorker === false;
}

/**
 * It is written, and node:http has seen to what follows: where it was the last of its connection, that has ended. Some
 * Nodes call it finished before.
 */
export function isOver(response: ServerResponse): boolean {
  return response.writableFinished && response.socket === null;
}

/** Close the connection after this response, unless another request has come behind it already, which would be lost. */
export function endAfter(response: ServerResponse): void {
  const connection = connections.get(response.req.socket);
  if (connection?.latest !== response || connection.intake?.hasMore) return;
  response.shouldKeepAlive = false;
}

/**
 * The client sends nothing more. The system does not tell whether it still reads: one that only says that its requests
 * are all sent does so right behind them, and one that does it later has left.
 */
export function clientEnded(socket: Socket): void {
  const connection = connections.get(socket);
  const task = connection?.current;
  if (!task || task.response !== connection.latest || task.queuedAt === 0) return;
  // Where the body is sent as it is read the request was there before it.
  const sentAt = task.upload === null ? task.queuedAt : task.upload.wholeAt;
  if (!task.response.writableFinished && performance.now() - sentAt > HALF_CLOSE) {
    socket.destroySoon();
  }
}

export function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket);
  if (known) return known;
  const scheme = "encrypted" in socket && socket.encrypted ? "https" : "http";
  const connection: Connection = {
    variables: connectionVariables(socket, scheme),
    unix: false,
    current: null,
    latest: null,
    unanswered: 0,
    intake: null,
    cut: null,
    refused: false,
    refuseLatest: null,
    line: "",
  };
  connections.set(socket, connection);
  socket.once("close", () => connection.current?.clientGone(connection.cut ?? "the client left"));
  return connection;
}
