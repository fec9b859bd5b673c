import { existsSync, mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ServerProcess, freePort } from "../server-process.ts";
import type { Workload } from "./workloads.ts";

/** One of the two that are compared. */
export interface Side {
  name: "base" | "head";
  /** The copy of the sources that it runs from. */
  folder: string;
}

/** What both sides have in common. */
export interface Surroundings {
  python: string;
  scratch: string;
  environment: Record<string, string>;
}

export interface Started {
  server: ServerProcess;
  port: number;
  url: string;
  /** Milliseconds from the start of the process to the end of its first answer. */
  took: number;
}

/** A server that does not answer within this time has failed. */
const startLimit = 30_000;

/** Starts a side's server and waits for its first answer. */
export async function startSide(
  side: Side,
  workload: Workload,
  { python, scratch, environment }: Surroundings,
): Promise<Started> {
  const port = await freePort();
  const quintet = join(side.folder, "bin", "quintet.js");
  const command = [process.execPath, quintet, "--bind", `127.0.0.1:${port}`, "--workers", "1"];
  command.push("--no-access-log", "--log-level", "warn", "--python", python);
  command.push("--chdir", workload.directory, workload.target);
  const began = performance.now();
  const server = new ServerProcess(command, environment, mkdtempSync(join(scratch, "server-")));
  try {
    while (!(await answers(port, workload.path))) {
      if (!existsSync(`/proc/${server.pid}`))
        throw new Error(`it ended at once:\n${server.output()}`);
      if (performance.now() - began > startLimit)
        throw new Error(`no answer within ${startLimit / 1000} s:\n${server.output()}`);
      await sleep(3);
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  const took = performance.now() - began;
  return { server, port, url: `http://127.0.0.1:${port}${workload.path}`, took };
}

/**
 * Whether the server answers with 200. Asked every few milliseconds, so it must cost little: no HTTP client.
 *
 * @throws {Error} if the answer has another status
 */
async function answers(port: number, path: string): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once("data", (data) => resolve(data.toString("latin1")));
  socket.on("error", () => resolve(""));
  socket.once("close", () => resolve(""));
  const answer = await promise;
  socket.destroy();
  if (answer && !answer.startsWith("HTTP/1.1 200 "))
    throw new Error(`its first answer was "${answer.split("\r\n", 1)[0]}"`);
  return answer !== "";
}
