import { readdirSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { distrust } from "../config/control-folder.ts";
import { type ErrorCode, QuintetError, systemCode } from "../shared/errors.ts";
import { readLines, sendLine } from "../master/json-lines.ts";
import type { Answer, Question } from "../master/messages.ts";
import { checkShape, isRecord, isText } from "../shared/shape.ts";
import { readStatus } from "../front/read-status.ts";
import type { ServerStatus } from "../front/status.ts";

/** A server that runs. */
export interface Found {
  socket: string;
  status: ServerStatus;
}

/** A server that does not say how it is within this time is stuck or suspended. */
const STATUS_TIMEOUT_MS = 5000;

/** The servers that have a socket in a folder: those that answer, and why the others do not. */
export interface Servers {
  folder: string;
  found: Found[];
  silent: QuintetError[];
}

/**
 * Find the running servers by their control sockets.
 *
 * @param pid ask only the server with this pid
 * @throws {QuintetError} QUINTET_CONTROL if another user may write to the folder
 */
export async function findServers(folder: string, pid?: string): Promise<Servers> {
  const servers: Servers = { folder, found: [], silent: [] };
  let names: string[];
  try {
    // Another user who may write there could pose as a server.
    const why = distrust(folder);
    if (why !== null) throw new Error(why);
    names = readdirSync(folder).filter((name) =>
      pid === undefined ? name.endsWith(".sock") : name === `${pid}.sock`,
    );
  } catch (error) {
    if (systemCode(error) === "ENOENT") return servers;
    const message = `The sockets in ${folder} are not this user's alone: ${(error as Error).message}`;
    const advice = "Give the command as the user who runs the server: sudo -u USER quintet …";
    throw new QuintetError("QUINTET_CONTROL", message, { advice, cause: error });
  }
  const all = names.map(async (name) => {
    const socket = join(folder, name);
    try {
      const status = await askStatus(socket);
      servers.found.push({ socket, status });
    } catch (error) {
      // The server was killed and has left its socket.
      if (systemCode(error) === "ECONNREFUSED") rmSync(socket, { force: true });
      else if (error instanceof QuintetError) servers.silent.push(error);
      else throw error;
    }
  });
  await Promise.all(all);
  return servers;
}

async function askStatus(socket: string): Promise<ServerStatus> {
  const said = await ask(socket, { do: "status" }, STATUS_TIMEOUT_MS);
  try {
    return readStatus(said);
  } catch (error) {
    throw unreachable(error as Error, socket);
  }
}

/**
 * Ask a server for something.
 *
 * @param path its control socket
 * @param milliseconds time limit for the answer; 0 for none
 * @returns what the server answers
 * @throws {QuintetError} the error that the server answers; QUINTET_CONTROL if it does not answer
 */
export async function ask(path: string, question: Question, milliseconds = 0): Promise<unknown> {
  const socket = createConnection(path);
  const said = await new Promise<Answer>((resolve, reject) => {
    const broken = (why: Error): void => reject(unreachable(why, path));
    const received = (value: unknown): void => {
      try {
        resolve(readAnswer(value));
      } catch (error) {
        broken(error as Error);
      }
    };
    readLines(socket, { received, broken });
    socket.on("error", (error) => reject(unreachable(error, path)));
    socket.on("close", () => reject(unreachable(new Error("it has ended"), path)));
    socket.on("timeout", () => reject(unreachable(new Error("it does not answer"), path)));
    socket.setTimeout(milliseconds);
    sendLine(socket, question);
  }).finally(() => socket.destroy());
  if ("ok" in said) return said.ok;
  const { code, message, detail, advice } = said.error;
  throw new QuintetError((code || "QUINTET_CONTROL") as ErrorCode, message, { detail, advice });
}

function unreachable(error: Error, path: string): Error {
  if (systemCode(error) === "ECONNREFUSED") return error;
  const message = `The server at ${path} was not reached: ${error.message}.`;
  return new QuintetError("QUINTET_CONTROL", message, { cause: error });
}

/** @throws {QuintetError} QUINTET_PROTOCOL */
function readAnswer(value: unknown): Answer {
  if (isRecord(value) && "ok" in value) return value as Answer;
  const { error } = checkShape<{ error: unknown }>(value, "its answer", { error: isRecord });
  const fields = { code: isText, message: isText, detail: isText, advice: isText };
  return { error: checkShape(error, "its answer", fields) };
}
