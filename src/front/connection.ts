import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { connectionVariables } from "./environ.ts";
import type { HttpTask } from "./http-task.ts";

/** What is kept for a connection of a client. */
export interface Connection {
  /** Its part of every environ. */
  variables: string;
  /** The request that an application is answering. */
  current: HttpTask | null;
  /** The response to the request that came last; others that are pipelined come before it. */
  latest: ServerResponse | null;
  /** The parser has refused what came: nothing more is read. */
  refused: boolean;
}

const connections = new WeakMap<Socket, Connection>();

/** An answer has begun that is not whole yet, as far as we can see: the system has not taken all of it. */
export function isAnswering(socket: Socket): boolean {
  const latest = connections.get(socket)?.latest;
  if (!latest || latest.writableFinished || socket.destroyed) return false;
  // One that has no socket waits until the one before it is sent.
  return latest.headersSent || latest.socket === null;
}

export function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket);
  if (known) return known;
  const scheme = "encrypted" in socket && socket.encrypted ? "https" : "http";
  const connection: Connection = {
    variables: connectionVariables(socket, scheme),
    current: null,
    latest: null,
    refused: false,
  };
  connections.set(socket, connection);
  socket.once("close", () => connection.current?.clientGone());
  return connection;
}
