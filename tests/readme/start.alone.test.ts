// The README's first command, as a newcomer runs it. It needs this checkout to itself: the example's own folders.
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { oms, root } from "../../testing/paths.ts";
import { measured } from "../../testing/control.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";
import { until } from "../../testing/wait.ts";

/** How long the start may take beyond Python's own import of the application, in milliseconds. */
const ALLOWANCE = 500;

/** How many starts; the median counts. */
const PAIRS = 5;

/** Milliseconds for the first start, which installs Django, to answer. */
const SET_UP = 240_000;

const pinned = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: { node: string };
  }
).devDependencies.node;

/** The environment of a shell: the machine's own node, and nothing of the npm that runs this test. */
function shell(): NodeJS.ProcessEnv {
  const env = cleanEnvironment();
  for (const name of Object.keys(env)) if (name.startsWith("npm_")) delete env[name];
  const folders = (env.PATH ?? "").split(delimiter);
  env.PATH = folders.filter((folder) => !folder.includes("node_modules")).join(delimiter);
  return env;
}

interface Started {
  child: ChildProcess;
  output: () => string;
  url: string;
  /** Milliseconds until the first answer. */
  took: number;
}

async function npmStart(): Promise<Started> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/accounts/login/`;
  const began = performance.now();
  const child = spawn("npm", ["start", "--", "--bind", `127.0.0.1:${port}`], {
    cwd: root,
    env: shell(),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const end = performance.now() + SET_UP;
  while (performance.now() < end) {
    assert.equal(child.exitCode, null, output);
    const response = await fetch(url).catch(() => null);
    if (response) {
      const took = performance.now() - began;
      assert.equal(response.status, 200);
      return { child, output: () => output, url, took };
    }
    await sleep(5);
  }
  child.kill("SIGKILL");
  throw new Error(`it does not answer:\n${output}`);
}

async function stop({ child }: Started): Promise<void> {
  const ended = new Promise((resolve) => child.once("close", resolve));
  process.kill(-(child.pid as number), "SIGTERM");
  await ended;
}

/** Start Python and import the application. */
async function importApplication(): Promise<void> {
  const code = "import os, oms.wsgi";
  const options = { cwd: oms, env: shell() };
  await promisify(execFile)(join(oms, ".venv", "bin", "python"), ["-c", code], options);
}

test(
  "npm start sets the example up, serves it, prints its address and a login",
  { timeout: 300_000 },
  async () => {
    const started = await npmStart();
    try {
      await until(() => started.output().includes("Log in as"), "the login is printed");
      assert.match(started.output(), new RegExp(`^Node ${pinned.replaceAll(".", "\\.")}$`, "m"));
      assert.match(started.output(), /listening on http:\/\/127\.0\.0\.1:\d+/);
      assert.match(started.output(), /django.*reinhardt/);
      const style = await fetch(new URL("/static/oms/oms.css", started.url));
      assert.equal(style.status, 200);
    } finally {
      await stop(started);
    }
  },
);

test("a second start recompiles nothing and answers within Python's import time plus half a second", async () => {
  const excesses: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // Each scaled to an idle machine, by a control measured at the same time.
    const imported = await measured(importApplication);
    const { result: started, factor } = await measured(npmStart);
    await stop(started);
    assert.doesNotMatch(started.output(), /…|Applying|seed:/);
    excesses.push(started.took / factor - imported.took / imported.factor);
  }
  const median = excesses.toSorted((a, b) => a - b)[(PAIRS - 1) / 2] as number;
  const all = excesses.map(Math.round).join(", ");
  assert.ok(median <= ALLOWANCE, `more than Python's own import, in milliseconds: ${all}`);
});
