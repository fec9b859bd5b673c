import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, openSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ServerStatus } from "../../src/front/status.ts";
import { findServers } from "../../src/cli/control-client.ts";
import { barrier } from "../../testing/barrier.ts";
import { edition } from "../../testing/edition.ts";
import { apps, command as quintet, python } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { cleanEnvironment, runCommand } from "../../testing/command.ts";
import { start } from "../../testing/server.ts";
import { statusOf } from "../../testing/status.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** Control sockets of this test alone. */
function inFolder(): { folder: string; env: NodeJS.ProcessEnv } {
  const folder = folderWith();
  return { folder, env: { QUINTET_CONTROL: folder } };
}

async function statuses(env: NodeJS.ProcessEnv): Promise<ServerStatus[]> {
  const { stdout } = await runCommand(["status", "--json"], { env });
  return JSON.parse(stdout) as ServerStatus[];
}

test("quintet status shows which requests run where, for how long, and how many wait", async (t) => {
  const { folder: control, env } = inFolder();
  const { server, folder } = await edition(t, "edition", {}, { env });
  const held = barrier();
  const asked = [1, 2, 3].map(() => fetch(`${server.url}/wait?${held.path}`));
  await until(async () => {
    const pool = (await statusOf(server, control))?.fronts[0]?.pools[0];
    const running = pool?.workers.flatMap((worker) => worker.running) ?? [];
    return (pool?.waiting ?? 0) + running.length === 3 && (running[0]?.seconds ?? 0) > 0.2;
  }, "all three are there");
  const [status] = await statuses(env);
  assert.ok(status);
  assert.equal(status.pid, server.pid);
  assert.equal(status.target, "edition");
  assert.equal(status.folder, folder);
  assert.deepEqual(status.bind, [server.url]);
  const [front] = status.fronts;
  assert.ok(front);
  assert.equal(front.pid, server.front);
  assert.equal(front.connections, 3);
  const [pool] = front.pools;
  assert.deepEqual([pool?.wanted, pool?.threads, pool?.workers.length], [1, 1, 1]);
  const [worker] = pool?.workers ?? [];
  assert.deepEqual(server.workers(), [worker?.pid]);
  const waiting = pool?.waiting ?? 0;
  assert.equal(waiting + (worker?.running.length ?? 0), 3);
  const [first] = worker?.running ?? [];
  assert.equal(first?.what, `GET /wait?${held.path}`);
  assert.ok((first?.seconds ?? 0) > 0.2);
  const { stdout } = await runCommand(["status"], { env });
  assert.match(stdout, new RegExp(`^${server.pid} edition in ${folder}\n  running, up `));
  assert.match(
    stdout,
    new RegExp(`\n  front ${server.front} running, version \\S+, generation 1, up `),
  );
  assert.match(stdout, /\n {8}\d+\.\d s GET \/wait\?\S+\/barrier [0-9a-f]+-\d\n/);
  held.open();
  for (const response of await Promise.all(asked)) assert.equal(response.status, 200);
  const [after] = await statuses(env);
  assert.equal(after?.fronts[0]?.pools[0]?.workers[0]?.answered, 3);
});

test("if no server runs, status, reload and stop say so and fail", async () => {
  const { env } = inFolder();
  for (const command of ["reload", "stop"]) {
    const { code, stderr } = await runCommand([command], { env });
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_CONTROL: This user runs no server/);
    assert.ok(stderr.includes(`in ${env.QUINTET_CONTROL}.\n  To reach another user's servers`));
  }
  const { code, stderr } = await runCommand(["status"], { env });
  assert.equal(code, 1);
  assert.match(stderr, /this user runs no server/);
});

test("of several servers that of this folder is meant, or the one that --pid names", async (t) => {
  const { env } = inFolder();
  const elsewhere = folderWith({ "app.py": "from basic import application\n" });
  symlinkSync(join(apps, "basic.py"), join(elsewhere, "basic.py"));
  const [first, second] = await Promise.all([
    serve(t, "basic", { env }),
    serve(t, "basic", { env }),
  ]);
  const unclear = await runCommand(["reload"], { env });
  assert.equal(unclear.code, 3);
  assert.match(unclear.stderr, new RegExp(`Choose one with --pid[^]*${first.pid}: basic in `));
  const named = await runCommand(["reload", "--pid", String(second.pid)], { env });
  assert.equal(named.code, 0);
  const third = await serve(t, "app", { env, cwd: elsewhere });
  assert.match(
    (await runCommand(["reload"], { env, cwd: elsewhere })).stdout,
    /generation 2 of app/,
  );
  const generations = (await statuses(env)).map(({ pid, fronts }) => [pid, fronts[0]?.generation]);
  assert.deepEqual(
    generations.toSorted((a, b) => (a[0] as number) - (b[0] as number)),
    [
      [first.pid, 1],
      [second.pid, 2],
      [third.pid, 2],
    ].toSorted((a, b) => (a[0] as number) - (b[0] as number)),
  );
});

test("quintet stop ends the server as SIGTERM does, and returns when it has ended", async (t) => {
  const { folder, env } = inFolder();
  const { server, folder: cwd } = await edition(t, "edition", {}, { env });
  const held = barrier();
  const slow = fetch(`${server.url}/wait?${held.path}`);
  await held.untilReached();
  const stopping = runCommand(["stop"], { env, cwd });
  await server.logged(
    ({ msg }) => msg === "quintet stop: finishing 1 running request, then stopping",
  );
  held.open();
  const { code, stdout } = await stopping;
  assert.equal(code, 0);
  assert.match(stdout, /^edition in \S+ has stopped\n$/);
  assert.equal((await slow).status, 200);
  assert.equal(await server.ended, 0);
  assert.deepEqual(readdirSync(folder), []);
});

test("quintet stop also returns if nobody reaps the server", async (t) => {
  const { folder, env } = inFolder();
  const file = join(folderWith(), "log");
  const log = openSync(file, "w");
  t.after(() => closeSync(log));
  const careless = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(120)";
  const args = ["--bind", "127.0.0.1:0", "--workers", "1", "--python", python, "basic"];
  const child = spawn(python, ["-c", careless, process.execPath, quintet, ...args], {
    cwd: apps,
    env: cleanEnvironment(env),
    stdio: ["ignore", log, log],
    detached: true,
  });
  t.after(() => process.kill(-(child.pid as number), "SIGKILL"));
  let seen: unknown;
  await until(async () => {
    const servers = await findServers(folder);
    seen = servers;
    return servers.found[0]?.status.state === "running";
  }, "it serves").catch((error: Error) => {
    const said = readFileSync(file, "utf8");
    throw new Error(`${error.message}: ${JSON.stringify(seen)}\n${said}`, { cause: error });
  });
  const { code, stderr } = await runCommand(["stop"], { env });
  assert.equal(code, 0, stderr);
});

test("the socket of a killed server is nobody's server, and is removed", async () => {
  const { folder, env } = inFolder();
  const server = await start("basic", { env });
  server.child.kill("SIGKILL");
  await server.ended;
  assert.equal(readdirSync(folder).length, 1);
  assert.equal((await runCommand(["status"], { env })).code, 1);
  assert.deepEqual(readdirSync(folder), []);
});

test("a control folder that others may write to is not used; the server logs that and serves", async (t) => {
  const { folder, env } = inFolder();
  chmodSync(folder, 0o777);
  const server = await serve(t, "basic", { env });
  await server.logged(
    (line) => line.code === "QUINTET_CONTROL" && /other users may write/.test(line.msg ?? ""),
  );
  assert.equal((await fetch(server.url)).status, 200);
  assert.deepEqual(readdirSync(folder), []);
});

test("a service, which has no XDG_RUNTIME_DIR, is reached from a login, which has one", async (t) => {
  const env = { QUINTET_CONTROL: undefined, TMPDIR: folderWith(), XDG_RUNTIME_DIR: undefined };
  const server = await serve(t, "basic", { env });
  const login = { ...env, XDG_RUNTIME_DIR: folderWith() };
  assert.deepEqual(
    (await statuses(login)).map(({ pid }) => pid),
    [server.pid],
  );
});

test("--control off makes no socket", async (t) => {
  const { folder, env } = inFolder();
  const server = await serve(t, "basic", { env: { ...env, QUINTET_CONTROL: "off" } });
  assert.equal((await fetch(server.url)).status, 200);
  assert.deepEqual(readdirSync(folder), []);
});

describe("while five seconds pass, beside each other:", { concurrency: true }, () => {
  test("a server that does not answer does not block commands to others, and none of those is mistaken for it", async (t) => {
    const { env } = inFolder();
    const frozen = await start("basic", { env });
    t.after(async () => {
      process.kill(frozen.pid, "SIGCONT");
      await frozen.stop();
    });
    const elsewhere = folderWith({ "app.py": "from basic import application\n" });
    symlinkSync(join(apps, "basic.py"), join(elsewhere, "basic.py"));
    const other = await serve(t, "app", { env, cwd: elsewhere });
    process.kill(frozen.pid, "SIGSTOP");
    const silent = new RegExp(`${frozen.pid}\\.sock: it does not answer`);
    // Each waits for the one that is silent.
    const [here, status, wrong] = await Promise.all([
      runCommand(["reload"], { env, cwd: elsewhere }),
      runCommand(["status"], { env }),
      runCommand(["stop"], { env }),
    ]);
    assert.match(here.stdout, /generation 2 of app/);
    const named = await runCommand(["reload", "--pid", String(other.pid)], { env });
    assert.match(named.stdout, /generation 3 of app/);
    assert.equal(status.code, 0);
    assert.match(status.stdout, new RegExp(`^${other.pid} app in `));
    assert.match(status.stderr, silent);
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, silent);
    assert.equal((await fetch(other.url)).status, 200);
  });

  test("a client that connects and asks nothing is not waited for", async (t) => {
    const { folder, env } = inFolder();
    const server = await serve(t, "basic", { env });
    const silent = connect(join(folder, `${server.pid}.sock`)).resume();
    const began = performance.now();
    await once(silent, "close");
    assert.ok(performance.now() - began > 4900, "after five seconds");
    assert.equal((await statuses(env)).length, 1);
  });
});
