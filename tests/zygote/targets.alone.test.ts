import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { measured } from "../../testing/control.ts";
import { untilReady } from "../../testing/worker-status.ts";
import { type Database, databases, manage, omsEnvironment } from "../../testing/oms.ts";
import { oms, python } from "../../testing/paths.ts";
import { descendants, megabytes, isAlive } from "../../testing/processes.ts";
import { freePort } from "../../testing/ports.ts";
import { type Running, start } from "../../testing/server.ts";
import { PATIENCE, until } from "../../testing/wait.ts";

const WORKERS = 4;
const ROUNDS = 5;
/** Milliseconds, on an idle machine. */
const AGAIN = 50;

let database: Database;
let env: NodeJS.ProcessEnv;
let server: Running;
before(async () => {
  database = await (databases[0] as (typeof databases)[0]).open();
  env = omsEnvironment(database);
  await manage(env, "migrate", "--verbosity=0");
  await manage(env, "seed", "--orders=50");
  const args = ["--workers", String(WORKERS)];
  server = await start("wsgi.ts", { cwd: oms, env, args });
});
after(async () => {
  await server.stop();
  await database.stop();
});

/** Pages of the example, several at once so that all workers have some. */
async function visit(url: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const paths = ["/admin/login/", "/", "/admin/", "/admin/login/?next=/admin/", "/none", "/"];
    await Promise.all(paths.map(async (path) => (await fetch(url + path)).arrayBuffer()));
  }
}

async function gunicorn(): Promise<{ url: string; pid: number; stop(): Promise<void> }> {
  const port = await freePort();
  const args = ["-w", String(WORKERS), "-b", `127.0.0.1:${port}`, "oms.wsgi:application"];
  const command = join(python, "..", "gunicorn");
  const child = spawn(command, args, { cwd: oms, env, stdio: "ignore" });
  const pid = child.pid as number;
  const url = `http://127.0.0.1:${port}`;
  await until(() => descendants(pid).length === WORKERS, "Gunicorn has its workers");
  await until(async () => (await fetch(url).catch(() => null)) !== null, "Gunicorn answers");
  const ended = new Promise((resolve) => child.on("close", resolve));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  return { url, pid, stop };
}

/** Wait until a process has ended, without a pause that would count as part of the measurement. */
async function gone(pid: number): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (isAlive(pid)) {
    assert.ok(performance.now() < end, `${pid} has not ended`);
    await turn();
  }
}

test("the example with four workers takes no more memory than under Gunicorn, including the front", async () => {
  const other = await gunicorn();
  try {
    for (const url of [server.url, other.url]) await visit(url);
    const theirs = megabytes(other.pid);
    let ours = 0;
    // The memory of a start and of a burst of requests is given back when the server is idle.
    await until(() => (ours = megabytes(server.pid)) <= theirs, "Quintet takes no more").catch(() =>
      assert.fail(`${ours} MB, and Gunicorn ${theirs} MB`),
    );
    console.log(`quintet ${ours.toFixed(1)} MB, Gunicorn ${theirs.toFixed(1)} MB`);
  } finally {
    await other.stop();
  }
});

test(`a worker of the example that is killed has a successor that serves within ${AGAIN} ms`, async () => {
  let sum = 0;
  let allowed = 0;
  const alone = await start("wsgi.ts", { cwd: oms, env, args: ["--workers", "1"] });
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [victim] = await untilReady(alone, 1);
      const { result, took, allow } = await measured(async () => {
        process.kill(victim as number, "SIGKILL");
        await gone(victim as number);
        // Only its successor can answer this.
        return await fetch(`${alone.url}/`, { redirect: "manual" });
      });
      assert.equal(result.status, 302);
      console.log(`killed to answered: ${took.toFixed(0)} ms, of ${allow(AGAIN).toFixed(0)} ms`);
      sum += took;
      allowed += allow(AGAIN);
    }
  } finally {
    await alone.stop();
  }
  assert.ok(sum <= allowed, `${sum / ROUNDS} ms on average, of ${allowed / ROUNDS} ms`);
});
