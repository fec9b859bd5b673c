import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Access } from "../src/log.ts";
import { apps, command, python } from "./paths.ts";
import { folderWith } from "./temp.ts";

/** A line of the server's JSON log. */
export interface LogLine {
  level: string;
  msg?: string;
  front?: number;
  worker?: number;
  request?: string;
  code?: string;
  detail?: string;
  access?: Access;
}

export interface Running {
  url: string;
  port: number;
  /** Where signals go: that of the parent. */
  pid: number;
  /** The pid of its first front. */
  readonly front: number;
  child: ChildProcess;
  /** What it has logged so far, as JSON. */
  log(): LogLine[];
  /** Everything it has written to stdout and stderr. */
  output(): string;
  /** Wait until a log line fits. */
  logged(fits: (line: LogLine) => boolean, milliseconds?: number): Promise<LogLine>;
  /** The pids of its Python processes. */
  workers(): number[];
  /** Stop it with SIGTERM, and by force if need be; resolves with its exit status. */
  stop(): Promise<number | null>;
  ended: Promise<number | null>;
}

export interface StartOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Leave out --python, so that it is searched for. */
  searchPython?: boolean;
  /** In a process group of its own, as a shell starts a command. */
  ownGroup?: boolean;
  /** Another copy of the command. */
  command?: string;
  /** What starts the command, such as setpriv; its process must become the command's. */
  by?: string[];
  /** Do not wait for it: its log level hides that it listens. */
  silent?: boolean;
}

/** A free port of the system's choice. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Control sockets of the servers of these tests. */
export const control: string = folderWith();

/** An environment without what the machine's owner has set. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (
      /^(QUINTET_|DJANGO_|VIRTUAL_ENV|NODE_OPTIONS|NODE_TEST|NODE_COMPILE_CACHE|DATABASE_URL|PYTHON)/.test(
        name,
      )
    )
      delete env[name];
  }
  return { ...env, QUINTET_CONTROL: control, ...more };
}

/** Run the command to its end. */
export async function runCommand(
  args: string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; milliseconds?: number } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: options.cwd ?? apps,
    env: cleanEnvironment(options.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const timer = setTimeout(() => child.kill("SIGKILL"), options.milliseconds ?? 20_000);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  return { code, stdout, stderr };
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Start `quintet TARGET` on a free port in tests/apps, and wait until it answers log line "listening on".
 * Its log is JSON.
 */
export async function start(target: string, options: StartOptions = {}): Promise<Running> {
  const port = await freePort();
  const args = [options.command ?? command, "--bind", `127.0.0.1:${port}`, "--log-format", "json"];
  if (!options.searchPython) args.push("--python", python);
  args.push(...(options.args ?? []), target);
  const [program, ...before] = [...(options.by ?? []), process.execPath];
  const child = spawn(program as string, [...before, ...args], {
    cwd: options.cwd ?? apps,
    env: cleanEnvironment(options.env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: options.ownGroup === true,
  });
  running.add(child);
  let output = "";
  const listeners = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const each of listeners) each();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  let code: number | null | undefined;
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (status) => {
      code = status;
      running.delete(child);
      for (const each of listeners) each();
      resolve(status);
    });
  });
  const log = (): LogLine[] =>
    output
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as LogLine);
  const logged = (fits: (line: LogLine) => boolean, milliseconds = 10_000): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const finish = (error: Error | null, line?: LogLine): void => {
        clearTimeout(timer);
        listeners.delete(look);
        if (error) reject(error);
        else resolve(line as LogLine);
      };
      const look = (): void => {
        const line = log().find(fits);
        if (line) finish(null, line);
        else if (code !== undefined) finish(new Error(`the server ended (${code}):\n${output}`));
      };
      const timer = setTimeout(
        () => finish(new Error(`no such log line within ${milliseconds} ms:\n${output}`)),
        milliseconds,
      );
      listeners.add(look);
      look();
    });
  const server: Running = {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid as number,
    get front() {
      const [first] = frontsOf(child.pid as number);
      if (first === undefined) throw new Error("there is no front");
      return first;
    },
    child,
    log,
    output: () => output,
    logged,
    workers: () => pythonChildren(child.pid as number),
    async stop() {
      if (code === undefined) child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
      const status = await ended;
      clearTimeout(timer);
      return status;
    },
    ended,
  };
  const isListening = (line: LogLine): boolean => line.msg?.startsWith("listening on") === true;
  if (!options.silent) await logged(isListening, 30_000);
  return server;
}

/** The workers of a process, by /proc: its children, and those of its fronts and of the process they are forked from. */
export function pythonChildren(parent: number): number[] {
  const children = childrenOf(parent);
  return children.flatMap((pid) => (isZygote(pid) || isFront(pid) ? pythonChildren(pid) : [pid]));
}

/** The fronts of a server. */
export function frontsOf(parent: number): number[] {
  return childrenOf(parent).filter(isFront);
}

/** What a process was started with tells. */
function isFront(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes("\0QUINTET_FRONT=");
  } catch {
    return false;
  }
}

/** The process that the workers of a server are forked from. */
export function zygoteOf(server: Running): number {
  const found = frontsOf(server.pid).flatMap(childrenOf).find(isZygote);
  if (found === undefined) throw new Error("there is no zygote");
  return found;
}

/** The processes that the workers of a front are forked from. */
export function zygotesOf(front: number): number[] {
  return childrenOf(front).filter(isZygote);
}

function isZygote(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8") === "quintet-zygote\n";
  } catch {
    return false;
  }
}

function childrenOf(parent: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(fields[1]) === parent && fields[0] !== "Z") found.push(Number(name));
    } catch {
      // it has just ended
    }
  }
  return found;
}

/** Whether a process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Wait until something holds. */
export async function until(
  holds: () => boolean,
  what: string,
  milliseconds = 5000,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
