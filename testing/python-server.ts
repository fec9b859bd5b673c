import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { python, root } from "./paths.ts";
import { cleanEnvironment } from "./command.ts";
import { freePort } from "./ports.ts";
import { isAlive } from "./processes.ts";
import { PATIENCE, until } from "./wait.ts";
import { folderWith } from "./temp.ts";

/** A server of Python's, started for one test. */
export interface PythonServer {
  url: string;
  port: number;
  child: ChildProcess;
  output(): string;
  /** The pids of the Node processes that it has started, also of those that have lost their parent. */
  nodes(): number[];
  /** Wait until none of them is left. */
  nodesEnd(): Promise<void>;
}

const WSGIREF =
  "import sys, wsgi; from wsgiref.simple_server import make_server; " +
  'make_server("127.0.0.1", int(sys.argv[1]), wsgi.application).serve_forever()';

const commands = {
  wsgiref: (port: number): string[] => ["-c", WSGIREF, String(port)],
  waitress: (port: number): string[] => [
    "-m",
    "waitress",
    `--listen=127.0.0.1:${port}`,
    "--threads=4",
    "wsgi:application",
  ],
  "gunicorn sync": (port: number): string[] => gunicorn(port),
  "gunicorn gthread": (port: number): string[] => gunicorn(port, "--threads=4"),
  "gunicorn --preload": (port: number): string[] => gunicorn(port, "--preload"),
};

function gunicorn(port: number, ...more: string[]): string[] {
  const own = ["--workers=1", "--no-control-socket", `--bind=127.0.0.1:${port}`];
  return ["-m", "gunicorn", ...own, ...more, "wsgi"];
}

export type ServerName = keyof typeof commands;
export const serverNames = Object.keys(commands) as ServerName[];

/** The two lines of a wsgi.py. */
export function wsgiPy(file: string): string {
  return `from quintet.host import load\n\napplication = load(${JSON.stringify(file)})\n`;
}

/**
 * Serve a wsgi.py, and wait until the server listens.
 *
 * @param file the wsgi.ts that it loads, or its whole text
 * @param own the Python that runs it, if not that of all tests
 */
export async function servePython(
  t: TestContext,
  name: ServerName,
  file: string,
  env: NodeJS.ProcessEnv = {},
  own: string = python,
): Promise<PythonServer> {
  const port = await freePort();
  const mark = randomUUID();
  const text = file.includes("\n") ? file : wsgiPy(file);
  const child = spawn(own, commands[name](port), {
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
  const end = performance.now() + PATIENCE;
  // The system takes connections before the application is loaded: the first answer counts.
  while (!(await fetch(server.url, { method: "HEAD" }).catch(() => null))) {
    if (performance.now() > end || !isAlive(pid as number))
      throw new Error(`it does not answer:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
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
      /node-worker|evaluate-child/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")) &&
      readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)
    );
  } catch {
    return false; // it has just ended
  }
}
