import assert from "node:assert/strict";
import { test } from "node:test";
import { always, readyOf, replacements, watchPool } from "../../testing/worker-status.ts";
import { Load } from "../../testing/load.ts";
import { runCommand } from "../../testing/command.ts";
import { PATIENCE, until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

test("a worker that uses more than maxMemory is replaced when it is idle; there are never too few workers, and no request is lost", async (t) => {
  const watched = await watchPool(t, "memory", {
    args: ["--workers", "2", "--max-memory", "150m"],
  });
  const { server } = watched;
  await watched.until((pool) => readyOf(pool).length === 2, "both are ready");
  const fewer = always(watched, (pool) => readyOf(pool).length >= 2);
  const first = await (await fetch(`${server.url}/keep?100`)).text();
  const before = await watched.pool();
  assert.equal(replacements(server).length, 0);
  const large = before.workers.find(({ pid }) => pid === Number(first));
  assert.ok((large?.memory as number) > 100 * 1024 ** 2, String(large?.memory));
  const second = await (await fetch(`${server.url}/keep?200`)).text();
  await watched.until((pool) => !readyOf(pool).includes(Number(second)), "it is replaced");
  const [line] = replacements(server);
  assert.equal(line?.pid, Number(second));
  assert.match(line?.why as string, /^it uses [23]\d\d MB$/);
  assert.deepEqual(await fewer.stop(), []);
});

test("a worker that leaks and is never idle is replaced, and no request is lost", async (t) => {
  const watched = await watchPool(t, "memory", {
    args: ["--workers", "2", "--max-memory", "100m"],
  });
  const load = new Load(watched.server.url, [
    { path: "/use?1,0.05", count: 6 },
    { path: "/keep?20", count: 1 },
    { path: "/", count: 1, fresh: true },
  ]);
  await until(() => replacements(watched.server).length >= 4, "4 are replaced", 2 * PATIENCE);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test("memory that a single request needs while it runs does not count", async (t) => {
  // Memory and age are checked together, twice a second: it reaches its age after several checks.
  const args = ["--workers", "1", "--max-memory", "150m", "--max-age", "2.5"];
  const { server } = await watchPool(t, "memory", { args });
  assert.equal((await fetch(`${server.url}/use?300,1.2`)).status, 200);
  await until(() => replacements(server).length > 0, "it is replaced");
  for (const { why } of replacements(server)) assert.match(why, /^it is \d+ s old$/);
});

test("a request that uses more than maxMemoryHard ends with its worker: 502, and the log says why", async (t) => {
  const args = ["--workers", "2", "--max-memory", "150m", "--max-memory-hard", "300m"];
  const { server } = await watchPool(t, "memory", { args });
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

test("workers that use more than maxMemory from the start are left alone, and the log says so once", async (t) => {
  const text = `import os
LARGE = bytearray(os.urandom(4096)) * (256 * 80)
from wsgiref.simple_server import demo_app as application
`;
  const cwd = folderWith({ "large.py": text });
  // Memory and age are checked together, twice a second.
  const args = ["--workers", "2", "--max-memory", "40m", "--max-age", "2"];
  const watched = await watchPool(t, "large", { cwd, args });
  await watched.server.logged(({ msg }) =>
    /^workers use \d+ MB before their first request, more than maxMemory \(40 MB\)/.test(msg ?? ""),
  );
  assert.equal((await fetch(watched.server.url)).status, 200);
  await until(() => replacements(watched.server).length >= 2, "both are replaced");
  for (const { why } of replacements(watched.server)) assert.match(why, /^it is \d+ s old$/);
  const said = watched.server.log().filter(({ msg }) => /before their first/.test(msg ?? ""));
  assert.equal(said.length, 1);
});

test("memory limits that make no sense are refused", async () => {
  for (const [args, message, advice] of [
    [["--max-memory", "2m", "--max-memory-hard", "2m"], /maxMemoryHard .* must be more/, /killed/],
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
