import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ServerStatus } from "../src/front/status.ts";
import { control, runCommand } from "./command.ts";
import { serve } from "./serve.ts";
import type { Running } from "./server.ts";
import { raw } from "./socket.ts";
import { statusOf } from "./status.ts";
import { folderWith } from "./temp.ts";

/** A server whose sockets a master holds, or one that found no Python to run a master. */
export type Kind = "a master" | "no master";

/** A TypeScript application, which both kinds can serve: /wait?PATH answers once there is a file of that path. */
const APPLICATION = `import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EDITION } from "./edition.ts";
export async function* application(environ, startResponse) {
  const barrier = environ.QUERY_STRING;
  if (barrier) {
    appendFileSync(barrier + ".reached", process.pid + "\\n");
    while (!existsSync(barrier)) await sleep(10);
  }
  startResponse("200 OK", [["Content-Type", "text/plain"]]);
  yield new TextEncoder().encode(EDITION);
}
`;

/**
 * A module that says which edition it is. With a barrier it waits there when it is imported; `passing` imports go on at once, as
 * the command evaluates the application before it starts the server.
 */
export function editionModule(edition: string, barrier?: { path: string }, passing = 0): string {
  const said = `export const EDITION = ${JSON.stringify(edition)};\n`;
  if (!barrier) return said;
  return `import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
const path = ${JSON.stringify(barrier.path)};
appendFileSync(path + ".imports", ".");
if (readFileSync(path + ".imports").length > ${passing}) {
  appendFileSync(path + ".reached", process.pid + "\\n");
  while (!existsSync(path)) await sleep(10);
}
${said}`;
}

/** A server of one kind, and what its operator does. */
export interface Controlled {
  server: Running;
  folder: string;
  /** Change the edition that the next reload loads. */
  write(module: string): void;
  says(): Promise<string>;
  /** Give a `quintet` command. */
  command(...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Ask over the control socket; resolves with the answer. */
  ask(question: object): Promise<Record<string, unknown>>;
  status(): Promise<ServerStatus | undefined>;
  signal(name: string): void;
  /** Wait for a line of the log that is, or begins with, this message. */
  logs(message: string): Promise<void>;
}

export async function controlled(
  t: TestContext,
  kind: Kind,
  options: { args?: string[]; module?: string; silent?: boolean } = {},
): Promise<Controlled> {
  const { args = [], module = editionModule("first"), silent = false } = options;
  const folder = folderWith({ "app.ts": APPLICATION, "edition.ts": module });
  const alone = { searchPython: true, env: { PATH: "/nonexistent" } };
  const server = await serve(t, "app.ts", {
    cwd: folder,
    args,
    silent,
    ...(kind === "no master" ? alone : {}),
  });
  return {
    server,
    folder,
    write: (text) => writeFileSync(join(folder, "edition.ts"), text),
    says: async () => (await fetch(server.url)).text(),
    command: (...words) => runCommand([...words, "--pid", String(server.pid)]),
    async ask(question) {
      const client = await raw(join(control, `${server.pid}.sock`));
      client.write(`${JSON.stringify(question)}\n`);
      return JSON.parse((await client.closed()).text) as Record<string, unknown>;
    },
    status: () => statusOf(server),
    signal: (name) => void process.kill(server.pid, name as NodeJS.Signals),
    async logs(message) {
      await server.logged(({ msg }) => msg?.startsWith(message) === true);
    },
  };
}
