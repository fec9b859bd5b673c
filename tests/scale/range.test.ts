import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { always, readyOf, watchPool } from "../../testing/worker-status.ts";
import { Load } from "../../testing/load.ts";
import { apps } from "../../testing/paths.ts";
import { runCommand } from "../../testing/command.ts";
import { type Running, type StartOptions } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

/** The changes of the number of workers, from the log. */
function moves(server: Running): { from: number; to: number; why: string }[] {
  return server.log().flatMap(({ msg = "" }) => {
    const match = /^from (\d+) to (\d+) workers: (.*)$/.exec(msg);
    return match ? [{ from: Number(match[1]), to: Number(match[2]), why: match[3] as string }] : [];
  });
}

// They mostly wait, and each has its own server.
describe("a range of workers", { concurrency: 3 }, () => {
  test("workers are added while requests wait, and leave when they are idle; no request is lost", async (t) => {
    const args = ["--workers", "1-4", "--workers-idle", "0.5"];
    const watched = await watchPool(t, "basic", { args });
    const bounds = always(watched, ({ wanted, min, max, workers }) => {
      const staff = workers.filter(({ state }) => state === "ready" || state === "booting");
      return min === 1 && max === 4 && wanted >= 1 && wanted <= 4 && staff.length <= 4;
    });
    const failures: string[] = [];
    for (let count = 0; count < 2; count += 1) {
      const load = new Load(watched.server.url, [
        { path: "/sleep?0.3", count: 4 },
        { path: "/stream?4,0.05", count: 2 },
        { path: "/", count: 2, fresh: true },
      ]);
      await watched.until((pool) => readyOf(pool).length === 4, "there are 4");
      await load.stop();
      failures.push(...load.failures);
      // A light load does not keep both: one worker can carry it.
      const few = new Load(watched.server.url, [{ path: "/", count: 1, fresh: true }]);
      await watched.until(({ workers }) => workers.length === 1, "there is 1");
      await few.stop();
      failures.push(...few.failures);
    }
    assert.deepEqual(failures, []);
    assert.deepEqual(await bounds.stop(), []);
    const found = moves(watched.server);
    const up = found.filter(({ from, to }) => to > from);
    const down = found.filter(({ from, to }) => to < from);
    for (const { why } of up) assert.match(why, /^a request has waited for \d+\.\d\d s$/);
    for (const { from, to, why } of down) {
      assert.equal(to, from - 1);
      assert.match(why, /^a worker had nothing to do for [\d.]+ s$/);
    }
    const sum = (found: typeof up): number =>
      found.reduce((all, { from, to }) => all + Math.abs(to - from), 0);
    assert.ok(down.length >= 6, `${down.length} have left`);
    assert.equal(sum(up), sum(down));
  });

  test("without waiting requests no workers are added, however many requests arrive", async (t) => {
    const watched = await watchPool(t, "basic", { args: ["--workers", "1-4"] });
    // The requests of a single client never wait for each other.
    const load = new Load(watched.server.url, [{ path: "/", count: 1 }]);
    // The server checks ten times a second, and adds a worker after three checks in a row.
    await sleep(1500);
    await until(() => load.answered > 100, "100 answers");
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.deepEqual(moves(watched.server), []);
  });

  test("requests wait behind one that hangs only until another worker is ready", async (t) => {
    const watched = await watchPool(t, "basic", { args: ["--workers", "1-2"] });
    const slow = fetch(`${watched.server.url}/pbkdf2?120`).catch(() => null);
    await watched.until(({ workers }) => workers[0]?.running.length === 1, "it runs");
    const began = performance.now();
    assert.equal((await fetch(watched.server.url)).status, 200);
    const took = performance.now() - began;
    assert.ok(took < 30_000, `${took} ms`);
    watched.server.child.kill("SIGKILL");
    assert.equal(await slow, null, "it still ran");
  });

  test("a reload starts as many workers as there are", async (t) => {
    const watched = await watchPool(t, "basic", { args: ["--workers", "1-4"] });
    const load = new Load(watched.server.url, [{ path: "/sleep?0.3", count: 6 }]);
    await watched.until((pool) => readyOf(pool).length === 4, "there are 4");
    watched.server.child.kill("SIGHUP");
    await watched.server.logged(({ msg }) => msg?.startsWith("generation 2 serves") === true);
    assert.equal((await watched.pool()).wanted, 4);
    assert.equal(readyOf(await watched.pool()).length, 4);
    await load.stop();
    assert.deepEqual(load.failures, []);
  });

  test("recycling and scaling at the same time lose no request", async (t) => {
    const args = ["--workers", "1-3", "--workers-idle", "0.3", "--max-requests", "20"];
    const watched = await watchPool(t, "basic", { args: [...args, "--threads", "2"] });
    const failures: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const load = new Load(watched.server.url, [
        { path: "/sleep?0.2", count: 8 },
        { path: "/", count: 2 },
        { path: "/stream?3,0.02", count: 1, fresh: true },
      ]);
      await watched.until((pool) => readyOf(pool).length === 3, "there are 3");
      await load.stop();
      failures.push(...load.failures);
      await watched.until(({ workers }) => workers.length === 1, "there is 1");
    }
    assert.deepEqual(failures, []);
  });

  test("a range may be given on the command line, in a variable or in a config file; status shows it", async (t) => {
    const config = "export default { workers: { min: 2, max: 5 } };";
    const file = join(folderWith({ "own.config.ts": config }), "own.config.ts");
    const ways = [
      { args: ["--workers", "2-5"] },
      { env: { QUINTET_WORKERS: "2-5" } },
      { args: ["--config", file] },
    ];
    const check = async (options: StartOptions): Promise<void> => {
      const watched = await watchPool(t, "basic", options);
      await watched.server.logged(
        ({ msg }) => msg?.startsWith("2 to 5 workers of 1 thread") === true,
      );
      const { wanted, min, max } = await watched.pool();
      assert.deepEqual({ wanted, min, max }, { wanted: 2, min: 2, max: 5 });
      await watched.until((pool) => readyOf(pool).length === 2, "both are ready");
      const { stdout } = await runCommand(["status"], { env: { QUINTET_CONTROL: watched.folder } });
      assert.match(
        stdout,
        /\n {4}2 of 2 workers \(2 to 5\) ready, 0 of at most 2048 requests wait\n/,
      );
      assert.match(stdout, /\n {6}\d+ ready, \d+\.\d s old, 0 requests answered, \d+ MB\n/);
    };
    await Promise.all(ways.map(check));
  });

  test("the Python workers behind a TypeScript application may have their own range; a wrong one is refused", async (t) => {
    const around = (workers: string): string => `
  import { getPythonApplication } from "quintet/python";
  const python = getPythonApplication("basic:application", { project: ${JSON.stringify(apps)}, workers: ${workers} });
  export const application = (environ, startResponse) => python(environ, startResponse);
  `;
    const cwd = folderWith({ "wsgi.ts": around("{ min: 1, max: 3 }") });
    const watched = await watchPool(t, "wsgi.ts", {
      cwd,
      args: ["--workers", "3", "--threads", "4"],
    });
    const load = new Load(watched.server.url, [{ path: "/sleep?0.3", count: 6 }]);
    await watched.server.logged(({ msg }) => msg?.startsWith("from 2 to 3 workers") === true);
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.equal((await watched.pool()).wanted, 3);
    const wrong = folderWith({ "wsgi.ts": around("{ min: 3, max: 1 }") });
    const { code, stderr } = await runCommand(["wsgi.ts"], { cwd: wrong });
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_SETTING: options of basic:application: workers is \{"min":3/);
  });
});

test("anything except a number or a range of workers is refused", async () => {
  const values = ["0", "5-2", "0-4", "2-", "-3", "2-2000", "two", "1-2-3", "2.5"];
  const refused = values.map(async (value) => {
    const { code, stderr } = await runCommand([`--workers=${value}`, "basic"]);
    assert.ok(code, value);
    assert.match(stderr, /QUINTET_SETTING: --workers: workers is .*a whole number.*range/);
    assert.ok(stderr.includes(JSON.stringify(value)), stderr);
  });
  const configs = ["{ min: 2 }", "{ min: 5, max: 2 }", "{ min: 1, max: 2, most: 3 }", "null"];
  const inFile = configs.map(async (value) => {
    const folder = folderWith({ "own.config.ts": `export default { workers: ${value} };` });
    const args = ["--config", join(folder, "own.config.ts"), "basic"];
    const { code, stderr } = await runCommand(args);
    assert.equal(code, 3, value);
    assert.match(stderr, /QUINTET_SETTING: own\.config\.ts: workers is .*\{ min: 2, max: 8 \}/);
  });
  await Promise.all([...refused, ...inFile]);
});
