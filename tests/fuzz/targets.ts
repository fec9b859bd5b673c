import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunicornCommand } from "../../peers/gunicorn.ts";
import { apps, python } from "../../testing/paths.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";
import { type Running, start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { PATIENCE, until } from "../../testing/wait.ts";
import { each, exchange, type Exchange } from "./exchange.ts";

/** A request as tests/apps/seen.py saw it. */
export interface Seen {
  client: string;
  method: string;
  target: string;
  path: string;
  query: string;
  protocol: string;
  headers: Record<string, string>;
  body: string;
}

/** One connection: the responses, and what the application saw. */
export interface Outcome extends Exchange {
  seen: Seen[];
}

/** What is sent on a connection. */
export interface Message {
  packets: string[];
  /** See `exchange`. */
  patient: boolean;
}

/** A server of tests/apps/seen.py. */
export interface Target {
  name: string;
  /** Send each on its own connection, in its packets. */
  send(all: Message[]): Promise<Outcome[]>;
  /** All it has logged. */
  output(): string;
  stop(): Promise<unknown>;
}

export interface QuintetTarget extends Target {
  server: Running;
}

const AT_ONCE = 24;

function target(name: string, port: number, notes: string): Pick<Target, "name" | "send"> {
  let read = 0;
  const send: Target["send"] = async (all) => {
    const exchanges = await each(all, AT_ONCE, ({ packets, patient }) =>
      exchange(port, packets, patient),
    );
    const text = readFileSync(notes, "utf8");
    const lines = text.slice(read).split("\n").filter(Boolean);
    read = text.length;
    const byClient = new Map<string, Seen[]>();
    for (const line of lines) {
      const seen = JSON.parse(line) as Seen;
      byClient.set(seen.client, [...(byClient.get(seen.client) ?? []), seen]);
    }
    return exchanges.map((one) => Object.assign(one, { seen: byClient.get(one.client) ?? [] }));
  };
  return { name, send };
}

function notesFile(): string {
  return join(folderWith({ notes: "" }), "notes");
}

export async function startQuintet(): Promise<QuintetTarget> {
  const notes = notesFile();
  // Without a limit, a length beyond all quotas is a server error: 503.
  const args = ["--workers", "2", "--limit-request-body", "1g"];
  const server = await start("seen", { args, env: { SEEN_FILE: notes } });
  const { output, stop } = server;
  return { ...target("Quintet", server.port, notes), server, output, stop };
}

/** Gunicorn, with threads: its sync worker closes each connection after the first answer. */
export async function startGunicorn(): Promise<Target> {
  const notes = notesFile();
  const port = await freePort();
  // Our server trusts nobody's forwarding headers either.
  const trust = ["--forwarded-allow-ips=192.0.2.1"];
  const options = ["--threads=64", "--keep-alive=10", ...trust, "--log-level=error"];
  const run = { port, workers: 1, target: "seen", options };
  const [program, ...args] = gunicornCommand(run, [python, "-m", "gunicorn"]);
  const child = spawn(program as string, args, {
    cwd: apps,
    env: cleanEnvironment({ SEEN_FILE: notes }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (output += chunk));
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise((resolve) => child.on("close", resolve));
  const answers = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`no Gunicorn: ${output}`);
    const signal = AbortSignal.timeout(PATIENCE);
    const url = `http://127.0.0.1:${port}/`;
    return (await fetch(url, { method: "HEAD", signal }).catch(() => null)) !== null;
  };
  await until(answers, "Gunicorn answers", 2 * PATIENCE);
  writeFileSync(notes, "");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const timer = setTimeout(kill, PATIENCE);
    await ended;
    clearTimeout(timer);
  };
  return { ...target("Gunicorn", port, notes), output: () => output, stop };
}
