import { readdirSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { distrust } from "../config/control-folder.ts";
import { type ErrorCode, QuintetError, systemCode } from "../shared/errors.ts";
import { readLines, sendLine } from "../master/json-lines.ts";
import type { Answer, Question } from "../master/messages.ts";
import { checkShape, isRecord, isText } from "../shared/message-shape.ts";
import { readStatus } from "../front/read-status.ts";
import type { ServerStatus } from "../front/status.ts";

/** A running server. */
export interface Found {
  socket: string;
  status: ServerStatus;
}

/** A server that does not answer within this time is busy or stopped (SIGSTOP). */
const STATUS_TIMEOUT_MS = 5000;

/** The servers that have a socket in a folder. */
export interface Servers {
  folder: string;
  found: Found[];
  /** Why the other servers did not answer. */
  silent: QuintetError[];
}

/**
 * @param folder the folder of control sockets
 * @param pid only look for the server with this pid
 * @throws {QuintetError} QUINTET_CONTROL if other users may write to the folder
 */
export async function findServers(folder: string, pid?: string): Promise<Servers> {
  const servers: Servers = { folder, found: [], silent: [] };
  let names: string[];
  try {
    // Another user who can write there could pose as a server.
    const why = distrust(folder);
    if (why !== null) throw new Error(why);
    names = readdirSync(folder).filter((name) =>
      pid === undefined ? name.endsWith(".sock") : name === `${pid}.sock`,
    );
  } catch (error) {
    if (systemCode(error) === "ENOENT") return servers;
    const message = `Cannot use the control sockets in ${folder}: ${(error as Error).message}`;
    const advice = "Run the command as the user who runs the server: sudo -u USER quintet …";
    throw new QuintetError("QUINTET_CONTROL", message, { advice, cause: error });
  }
  const all = names.map(async (name) => {
    const socket = join(folder, name);
    try {
      const status = await askStatus(socket);
      servers.found.push({ socket, status });
    } catch (error) {
      // The server was killed and left its socket behind.
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
 * Send a question to a server.
 *
 * @param path its control socket
 * @param milliseconds the timeout; 0 for none
 * @returns its answer
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
  const message = `Cannot reach the server at ${path}: ${error.message}.`;
  return new QuintetError("QUINTET_CONTROL", message, { cause: error });
}

/** @throws {QuintetError} QUINTET_PROTOCOL */
function readAnswer(value: unknown): Answer {
  if (isRecord(value) && "ok" in value) return value as Answer;
  const { error } = checkShape<{ error: unknown }>(value, "its answer", { error: isRecord });
  const fields = { code: isText, message: isText, detail: isText, advice: isText };
  return { error: checkShape(error, "its answer", fields) };
}
