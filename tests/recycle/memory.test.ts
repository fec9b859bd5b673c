import assert from "node:assert/strict";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { always, readyOf, replacements, watched } from "../../testing/crew.ts";
import { Load } from "../../testing/load.ts";
import { runCommand } from "../../testing/command.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

test("a worker that has come to use more than maxMemory is replaced when it is idle; none are fewer, none is lost", async (t) => {
  const crew = await watched(t, "memory", { args: ["--workers", "2", "--max-memory", "150m"] });
  const { server } = crew;
  await crew.until((pool) => readyOf(pool).length === 2, "both are ready");
  const fewer = always(crew, (pool) => readyOf(pool).length >= 2);
  const first = await (await fetch(`${server.url}/keep?100`)).text();
  const before = await crew.pool();
  assert.equal(replacements(server).length, 0);
  const large = before.workers.find(({ pid }) => pid === Number(first));
  assert.ok((large?.memory as number) > 100 * 1024 ** 2, String(large?.memory));
  const second = await (await fetch(`${server.url}/keep?200`)).text();
  await crew.until((pool) => !readyOf(pool).includes(Number(second)), "it is replaced");
  const [line] = replacements(server);
  assert.equal(line?.pid, Number(second));
  assert.match(line?.why as string, /^it uses [23]\d\d MB$/);
  assert.deepEqual(await fewer.stop(), []);
});

test("a worker that leaks and is never idle is replaced, and nothing is lost", async (t) => {
  const crew = await watched(t, "memory", { args: ["--workers", "2", "--max-memory", "100m"] });
  const load = new Load(crew.server.url, [
    { path: "/use?1,0.05", count: 6 },
    { path: "/keep?20", count: 1 },
    { path: "/", count: 1, fresh: true },
  ]);
  await until(() => replacements(crew.server).length >= 4, "4 are replaced", 60_000);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test("what one request uses while it runs is no reason", async (t) => {
  const args = ["--workers", "1", "--max-memory", "150m"];
  const { server } = await watched(t, "memory", { args });
  const pid = await (await fetch(`${server.url}/use?300,1.8`)).text();
  await sleep(1200);
  assert.equal(await (await fetch(server.url)).text(), pid);
  assert.deepEqual(replacements(server), []);
});

test("a request that uses more than maxMemoryHard ends with its worker: 502, and the log says why", async (t) => {
  const args = ["--workers", "2", "--max-memory", "150m", "--max-memory-hard", "300m"];
  const { server } = await watched(t, "memory", { args });
  const load = new Load(server.url, [{ path: "/", count: 2 }]);
  const response = await fetch(`${server.url}/use?500,20`);
  assert.equal(response.status, 502);
  const id = /request (\S+)/.exec(await response.text())?.[1];
  const line = await server.logged(({ msg }) => /killed/.test(msg ?? ""));
  assert.match(
    line.msg as string,
    /^uses \d+ MB, more than maxMemoryHard \(300 MB\): killed while it runs GET \/use\?500,20$/,
  );
  assert.equal(line.request, id);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

/** A group of processes that may use so many bytes together, where this machine lets us make one. */
function memoryGroup(t: TestContext, bytes: number): string | null {
  const name = `quintet-${process.pid}`;
  const kinds = [
    [`/sys/fs/cgroup/memory/${name}`, "memory.limit_in_bytes"],
    [`/sys/fs/cgroup/${name}`, "memory.max"],
  ] as const;
  for (const [folder, limit] of kinds) {
    try {
      mkdirSync(folder);
      t.after(() => until(() => rmdirSync(folder) === undefined, "the group is empty"));
      writeFileSync(join(folder, limit), String(bytes), { flag: "r+" });
      return folder;
    } catch {
      // It is of the other kind, or not ours to make.
    }
  }
  return null;
}

test("a worker that the kernel kills for want of memory is told from one that somebody kills", async (t) => {
  const group = memoryGroup(t, 80_000_000);
  if (group === null) return t.skip("this machine lets us make no cgroup for memory");
  const { server } = await watched(t, "memory", { args: ["--workers", "1"] });
  const [first] = server.workers();
  writeFileSync(join(group, "cgroup.procs"), String(first));
  assert.equal((await fetch(`${server.url}/use?300,5`)).status, 502);
  await server.logged(
    ({ worker, msg }) =>
      worker === first &&
      msg?.startsWith("worker died (killed by SIGKILL, it seems for want of memory") === true,
  );
  // There is another, and it has started: it answers.
  assert.equal((await fetch(`${server.url}/use?1,0`)).status, 200);
  const [second] = server.workers();
  process.kill(second as number, "SIGKILL");
  await server.logged(
    ({ worker, msg }) =>
      worker === second && msg?.startsWith("worker died (killed by SIGKILL)") === true,
  );
});

test("workers that use more than maxMemory from the begin are left alone, which is said once", async (t) => {
  const text = `import os
LARGE = bytearray(os.urandom(4096)) * (256 * 80)
from wsgiref.simple_server import demo_app as application
`;
  const cwd = folderWith({ "large.py": text });
  const args = ["--workers", "2", "--max-memory", "40m"];
  const crew = await watched(t, "large", { cwd, args });
  const pids = await crew.ready();
  await crew.server.logged(({ msg }) =>
    /^workers use \d+ MB before their first request, more than maxMemory \(40 MB\)/.test(msg ?? ""),
  );
  await sleep(1500);
  assert.equal((await fetch(crew.server.url)).status, 200);
  assert.deepEqual(replacements(crew.server), []);
  const ready = await crew.ready();
  assert.ok(pids.every((pid) => ready.includes(pid)));
  const said = crew.server.log().filter(({ msg }) => /before their first/.test(msg ?? ""));
  assert.equal(said.length, 1);
});

test("limits of memory that make no sense are refused", async () => {
  for (const [args, message, advice] of [
    [
      ["--max-memory", "2m", "--max-memory-hard", "2m"],
      /maxMemoryHard .* should be more/,
      /killed/,
    ],
    [["--max-memory", "256"], /maxMemory is 256 bytes, which is less/, /256m on the command line/],
    [["--max-memory-hard", "512"], /maxMemoryHard is 512 bytes/, /512m/],
  ] as const) {
    const { code, stderr } = await runCommand([...args, "memory"]);
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_SETTING/);
    assert.match(stderr, message);
    assert.match(stderr, advice);
  }
});
