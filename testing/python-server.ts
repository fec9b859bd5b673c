import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunicornCommand } from "../peers/gunicorn.ts";
import { waitressCommand } from "../peers/waitress.ts";
import { python, root } from "./paths.ts";
import { cleanEnvironment } from "./command.ts";
import { freePort } from "./ports.ts";
import { isAlive } from "./processes.ts";
import { PATIENCE, until } from "./wait.ts";
import { folderWith } from "./temp.ts";

/** A Python server, started for one test. */
export interface PythonServer {
  url: string;
  port: number;
  child: ChildProcess;
  output(): string;
  /** The pids of the Node processes it started, including orphaned ones. */
  nodes(): number[];
  /** Wait until none of them is left. */
  nodesEnd(): Promise<void>;
}

const WSGIREF =
  "import sys, wsgi; from wsgiref.simple_server import make_server; " +
  'make_server("127.0.0.1", int(sys.argv[1]), wsgi.application).serve_forever()';

/** The Python that runs the server. */
const commands = {
  wsgiref: (python: string, port: number): string[] => [python, "-c", WSGIREF, String(port)],
  waitress: (python: string, port: number): string[] =>
    waitressCommand({ port, target: "wsgi:application", options: ["--threads=4"] }, [
      python,
      "-m",
      "waitress",
    ]),
  "gunicorn sync": (python: string, port: number): string[] => gunicorn(python, port),
  // It closes idle connections after two seconds, perhaps just when the test reuses one.
  "gunicorn gthread": (python: string, port: number): string[] =>
    gunicorn(python, port, "--threads=4", "--keep-alive=600"),
  "gunicorn --preload": (python: string, port: number): string[] =>
    gunicorn(python, port, "--preload"),
};

function gunicorn(python: string, port: number, ...options: string[]): string[] {
  return gunicornCommand({ port, workers: 1, target: "wsgi", options }, [python, "-m", "gunicorn"]);
}

export type ServerName = keyof typeof commands;
export const serverNames = Object.keys(commands) as ServerName[];

/** Where the cleanup is registered: a test, or the suite that shares the server. */
export interface Owner {
  after(end: () => Promise<void>): void;
}

/** The two lines of a wsgi.py. */
export function wsgiPy(file: string): string {
  return `from quintet.host import load\n\napplication = load(${JSON.stringify(file)})\n`;
}

/**
 * Serve a wsgi.py, and wait until the server listens.
 *
 * @param file the wsgi.ts that it loads, or its text
 * @param own the Python that runs it, if not the tests' default
 */
export async function servePython(
  t: Owner,
  name: ServerName,
  file: string,
  env: NodeJS.ProcessEnv = {},
  own: string = python,
): Promise<PythonServer> {
  const port = await freePort();
  const mark = randomUUID();
  const text = file.includes("\n") ? file : wsgiPy(file);
  const [program, ...args] = commands[name](own, port) as [string, ...string[]];
  const child = spawn(program, args, {
    cwd: folderWith({ "wsgi.py": text }),
    env: hostEnvironment({ QUINTET_TEST: mark, ...env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (output += chunk));
  const nodes = (): number[] => nodesWith(mark);
  const server: PythonServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    child,
    output: () => output,
    nodes,
    nodesEnd: () => until(() => nodes().length === 0, "no Node process is left"),
  };
  const { pid } = child;
  t.after(async () => {
    child.kill("SIGTERM");
    await until(() => !isAlive(pid as number), "the server ends").catch(() =>
      child.kill("SIGKILL"),
    );
    await server.nodesEnd();
  });
  // The system accepts connections before the application is loaded, so wait for the first response.
  const answers = async (): Promise<boolean> => {
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(server.url, { method: "HEAD", signal }).catch(() => null);
    return answer !== null || !isAlive(pid as number);
  };
  await until(answers, "it answers", 2 * PATIENCE).catch((cause) => {
    throw new Error(`it does not answer:\n${output}`, { cause });
  });
  if (!isAlive(pid as number)) throw new Error(`it ended:\n${output}`);
  return server;
}

/** Where Python finds the module, and the module this Node. */
export function hostEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const PYTHONPATH = join(root, "python");
  return cleanEnvironment({ PYTHONPATH, QUINTET_NODE: process.execPath, ...more });
}

function nodesWith(mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isMarked(name, mark))
    .map(Number);
}

function isMarked(pid: string, mark: string): boolean {
  try {
    return (
      /node-worker/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")) &&
      readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)
    );
  } catch {
    return false; // it has just ended
  }
}
