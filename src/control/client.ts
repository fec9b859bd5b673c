import { readdirSync, unlinkSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type ErrorCode, QuintetError, systemCode } from "../errors.ts";
import type { ServerStatus } from "../status.ts";
import type { ControlFailure } from "./server.ts";

/** A server that runs. */
export interface Found {
  socket: string;
  status: ServerStatus;
}

/** Milliseconds in which a server says how it is. One that does not is busy with something else, or stopped. */
const STATUS_TIME = 5000;

/** The servers whose control sockets are in a folder. */
export async function findServers(folder: string): Promise<Found[]> {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".sock"));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
  const all = names.map(async (name) => {
    const socket = join(folder, name);
    try {
      return { socket, status: (await ask(socket, "GET", "/status", STATUS_TIME)) as ServerStatus };
    } catch (error) {
      // It was killed, and its socket is left.
      if (systemCode(error) !== "ECONNREFUSED") throw error;
      unlinkSync(socket);
      return null;
    }
  });
  return (await Promise.all(all)).filter((found) => found !== null);
}

/**
 * Ask a server for something.
 *
 * @param milliseconds how long it may take; undefined for as long as it takes
 * @throws {QuintetError} what the server says went wrong; QUINTET_CONTROL if it says nothing
 */
export async function ask(
  socketPath: string,
  method: "GET" | "POST",
  path: string,
  milliseconds?: number,
): Promise<unknown> {
  const signal = milliseconds === undefined ? undefined : AbortSignal.timeout(milliseconds);
  const { status, text } = await new Promise<{ status: number; text: string }>(
    (resolve, reject) => {
      const asking = request({ socketPath, method, path, signal }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: body }));
        response.on("error", reject);
      });
      asking.on("error", (error) => reject(unreachable(error, socketPath)));
      asking.end();
    },
  );
  const value = JSON.parse(text) as unknown;
  if (status === 200) return value;
  const { code, message, detail, advice } = value as ControlFailure;
  throw new QuintetError((code || "QUINTET_CONTROL") as ErrorCode, message, { detail, advice });
}

function unreachable(error: Error, socketPath: string): Error {
  if (systemCode(error) === "ECONNREFUSED") return error;
  const why = error.name === "AbortError" ? "it does not answer" : error.message;
  return new QuintetError(
    "QUINTET_CONTROL",
    `The server at ${socketPath} was not reached: ${why}.`,
    {
      cause: error,
    },
  );
}
