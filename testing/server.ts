import { type ChildProcess, spawn } from "node:child_process";
import type { Access } from "../src/shared/log.ts";
import { cleanEnvironment } from "./command.ts";
import { showIfFailed } from "./failure.ts";
import { apps, command, python } from "./paths.ts";
import { freePort } from "./ports.ts";
import { frontsOf, pythonChildren } from "./processes.ts";
import { untilAllReady } from "./status.ts";
import { PATIENCE } from "./wait.ts";

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
  /** Where signals go: that of the master. */
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
  /** Stop it with SIGTERM, and kill it if necessary; resolves with its exit status. */
  stop(): Promise<number | null>;
  ended: Promise<number | null>;
}

export interface StartOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Omit --python, so that the server searches for it. */
  searchPython?: boolean;
  /** In its own process group, as a shell starts a command. */
  ownGroup?: boolean;
  /** Another copy of the command. */
  command?: string;
  /** What starts the command, such as setpriv; its process must become the command's. */
  by?: string[];
  /** Where it will listen, without --bind. */
  port?: number;
  /** Do not wait for it, because its log level hides that it listens. */
  silent?: boolean;
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
  const port = options.port ?? (await freePort());
  const args = [options.command ?? command, "--log-format", "json"];
  if (options.port === undefined) args.push("--bind", `127.0.0.1:${port}`);
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
  const logged = (fits: (line: LogLine) => boolean, milliseconds = PATIENCE): Promise<LogLine> =>
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
      const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
      const status = await ended;
      clearTimeout(timer);
      return status;
    },
    ended,
  };
  showIfFailed({ title: `quintet ${target}`, output: () => output, pid: server.pid });
  const isListening = (line: LogLine): boolean => line.msg?.startsWith("listening on") === true;
  if (options.silent) return server;
  await logged(isListening, 2 * PATIENCE);
  // That is said when one worker is ready. A test that has several means all of them; where some never are, that is what
  // it is about.
  const workers = args[args.indexOf("--workers") + 1];
  if (args.includes("--workers") && workers !== "1")
    await untilAllReady(server, options.env?.QUINTET_CONTROL).catch(() => {});
  return server;
}
