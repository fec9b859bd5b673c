import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { apps, python } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { isAlive, zygoteOf } from "../../testing/processes.ts";
import { type Running } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

interface Found {
  pid: number;
  imported: number;
  group: number;
  session: number;
  parent: number;
  random: number;
  uuid: string;
  secret: string;
  openssl: string;
  argv: string[];
  path: string;
  stdin: string;
  comm: string;
  threads: number;
  descriptors: number;
}

/** What each worker reports. Several requests at once are sent until every worker has answered. */
async function askAll<T extends { pid: number }>(
  server: Running,
  workers: number,
  parse: (text: string) => T,
): Promise<T[]> {
  const found = new Map<number, T>();
  await until(async () => {
    const asked = Array.from({ length: 8 }, async () => (await fetch(server.url)).text());
    for (const each of (await Promise.all(asked)).map(parse)) {
      if (!found.has(each.pid)) found.set(each.pid, each);
    }
    return found.size >= workers;
  }, `${workers} workers have answered`);
  return [...found.values()];
}

const ask = (server: Running, workers: number): Promise<Found[]> =>
  askAll(server, workers, (text) => JSON.parse(text) as Found);

/** The log lines that say that preload is off, and why. */
const off = (server: Running): string[] =>
  server
    .log()
    .map(({ msg }) => msg ?? "")
    .filter((msg) => msg.startsWith("preload off"));

const THREADED = `import threading, time, os
threading.Thread(target=time.sleep, args=(1000,), daemon=True, name="refresher").start()
PID = os.getpid()
print("imported")
def application(environ, start_response):
    time.sleep(0.02)
    start_response("200 OK", [])
    return [b"%d %d %d" % (os.getpid(), PID, threading.active_count())]
`;

test("workers are forks of one import, and do not share what must be their own", async (t) => {
  const server = await serve(t, "forked", { args: ["--workers", "3"] });
  const zygote = zygoteOf(server);
  const found = await ask(server, 3);
  for (const each of found) {
    assert.equal(each.imported, zygote);
    assert.equal(each.parent, zygote);
    assert.equal(each.group, each.pid);
    assert.equal(each.session, each.pid);
    assert.deepEqual(each.argv, ["forked"]);
    assert.equal(each.path, apps);
    assert.equal(each.stdin, "/dev/null");
    assert.notEqual(each.comm, "quintet-zygote");
    assert.equal(each.threads, 1);
    const line = await server.logged(({ msg }) => msg === `straight to stdout of ${each.pid}`);
    assert.equal(line.worker, each.pid);
  }
  for (const name of ["random", "uuid", "secret", "openssl"] as const)
    assert.equal(new Set(found.map((each) => each[name])).size, 3, name);
  // A later worker has as many descriptors as the others: it inherits none of theirs.
  process.kill(found[0]?.pid as number, "SIGKILL");
  await until(() => !isAlive(found[0]?.pid as number), "it has ended");
  const counts = (await ask(server, 3)).map(({ descriptors }) => descriptors);
  assert.equal(new Set(counts).size, 1, `descriptors: ${counts.join(", ")}`);
});

test("--no-preload: each worker imports the application itself", async (t) => {
  const server = await serve(t, "forked", { args: ["--workers", "2", "--no-preload"] });
  for (const each of await ask(server, 2)) {
    assert.equal(each.imported, each.pid);
    assert.equal(each.parent, server.front);
  }
});

test("workers with several threads are forked, and start their threads afterwards", async (t) => {
  const server = await serve(t, "forked", { args: ["--workers", "2", "--threads", "3"] });
  for (const each of await ask(server, 2)) {
    assert.equal(each.imported, zygoteOf(server));
    assert.equal(each.threads, 4);
  }
});

test("an application that starts threads at import is not forked, and the log says so once", async (t) => {
  const cwd = folderWith({ "threaded.py": THREADED });
  const server = await serve(t, "threaded", { cwd, args: ["--workers", "2"] });
  await until(() => server.workers().length === 2, "there are two workers");
  const seen = await askAll(server, 2, (text) => {
    const [pid = 0, imported, threads] = text.split(" ").map(Number);
    return { pid, imported, threads };
  });
  for (const { pid, imported, threads } of seen) {
    assert.equal(imported, pid);
    assert.equal(threads, 2);
  }
  // The zygote has become the first worker.
  assert.equal(server.log().filter(({ msg }) => msg === "imported").length, 2);
  for (const { pid } of seen) {
    process.kill(pid, "SIGKILL");
    await server.logged(({ worker, msg }) => worker === pid && /died/.test(msg ?? ""));
    assert.equal((await fetch(server.url)).status, 200);
  }
  assert.deepEqual(off(server), [
    "preload off: the application starts threads when it is imported (refresher)",
  ]);
});

test("threads that have been joined during the import do not matter", async (t) => {
  const text = `from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    list(pool.map(str, range(100)))
from wsgiref.simple_server import demo_app as application
`;
  const server = await serve(t, "joined", { cwd: folderWith({ "joined.py": text }) });
  assert.ok(zygoteOf(server));
  assert.deepEqual(off(server), []);
});

test("a database connection that the import has opened is not shared", async (t) => {
  const text = `import os, django
from django.conf import settings
settings.configure(ALLOWED_HOSTS=["*"], DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db"}})
django.setup()
from django.db import connection
connection.ensure_connection()
def application(environ, start_response):
    start_response("200 OK", [])
    return [b"none" if connection.connection is None else b"open"]
`;
  const server = await serve(t, "opened", { cwd: folderWith({ "opened.py": text }) });
  assert.equal(await (await fetch(server.url)).text(), "none");
});

for (const args of [[], ["--no-preload"]]) {
  test(`a Python that hangs before it can show its stacks ends after bootTimeout: ${args.join(" ")}`, async () => {
    const cwd = folderWith({
      "app.py": "application = print\n",
      "python.sh": `#!/bin/sh\n[ -n "$QUINTET_WORKER" ] && exec sleep 1000\nexec ${python} "$@"\n`,
    });
    const wrapper = join(cwd, "python.sh");
    chmodSync(wrapper, 0o755);
    const all = ["--bind", "127.0.0.1:0", "--python", wrapper, "--boot-timeout", "1", ...args];
    const { code, stderr } = await runCommand([...all, "app"], { cwd });
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_BOOT_TIMEOUT: The application was not loaded within 1 s/);
  });
}

// They mostly wait.
describe("an import that hangs", { concurrency: true }, () => {
  for (const [how, text, args] of [
    ["asleep", "import time\ntime.sleep(1000)\n", []],
    ["in a call of C", "import hashlib\nhashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)\n", []],
    ["asleep, without preload", "import time\ntime.sleep(1000)\n", ["--no-preload"]],
  ] as const) {
    test(`an import that hangs (${how}) is ended after bootTimeout, and the log shows where it hung`, async () => {
      const cwd = folderWith({ "hanging.py": text });
      const all = [
        "--bind",
        "127.0.0.1:0",
        "--python",
        python,
        "--boot-timeout",
        "1",
        ...args,
        "hanging",
      ];
      const began = performance.now();
      const { code, stderr } = await runCommand(all, { cwd });
      assert.ok(performance.now() - began < 30_000);
      assert.equal(code, 3);
      assert.match(stderr, /QUINTET_BOOT_TIMEOUT: The application was not loaded within 1 s/);
      assert.match(stderr, /hanging\.py", line 2 in <module>/);
    });
  }
});
