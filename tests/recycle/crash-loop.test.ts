import assert from "node:assert/strict";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { measured } from "../../testing/control.ts";
import { readyOf, watchPool } from "../../testing/worker-status.ts";
import { isAlive, zygoteOf } from "../../testing/processes.ts";
import { type LogLine, type Running } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";

/** While a file `fault` exists, workers die soon after their fork. */
const FAULTY = `import os, threading
def fault():
    if os.path.exists("fault"):
        os._exit(9)
    with open("looked", "ab") as file:
        file.write(b".")
os.register_at_fork(after_in_child=lambda: threading.Timer(0.1, fault).start())
from wsgiref.simple_server import demo_app as application
`;

/** While a file `fault` exists, the zygote dies soon after it has reported that it is ready, when it freezes the heap. */
const FAULTY_ZYGOTE = `import gc, os, time
def fault():
    time.sleep(0.1)
    os.kill(os.getpid(), 9)
if os.path.exists("fault"):
    gc.freeze = fault
from wsgiref.simple_server import demo_app as application
`;

function loops(server: Running): LogLine[] {
  return server.log().filter(({ code }) => code === "QUINTET_CRASH_LOOP");
}

/** The pauses that the log names, in seconds. */
function pauses(server: Running): number[] {
  return loops(server).map(({ msg }) => Number(/Next try in ([\d.]+) s/.exec(msg ?? "")?.[1]));
}

test("workers that end right after their start are restarted with growing pauses, and the log calls it a crash loop", async (t) => {
  const cwd = folderWith({ "faulty.py": FAULTY });
  const watched = await watchPool(t, "faulty", { cwd, args: ["--workers", "2"] });
  const { server } = watched;
  await watched.until((pool) => readyOf(pool).length === 2, "both are ready");
  // A worker that checks only now would end before it is killed.
  const looked = join(cwd, "looked");
  await until(() => (statSync(looked, { throwIfNoEntry: false })?.size ?? 0) >= 2, "both looked");
  writeFileSync(join(cwd, "fault"), "");
  for (const pid of await watched.ready()) process.kill(pid, "SIGKILL");
  await until(() => Math.max(0, ...pauses(server)) >= 1, "it waits for 1 s");
  for (const each of [0.25, 0.5, 1]) assert.ok(pauses(server).includes(each), `no ${each} s`);
  const [first] = loops(server);
  assert.match(
    first?.msg as string,
    /^crash loop: worker died \(exit status 9\) right after its start, like others before it\. Next try in 0\.\d+ s; \d of 2 workers serve\.$/,
  );
  const died = server.log().filter(({ msg }) => /worker died/.test(msg ?? ""));
  assert.ok(died.length < 30, `${died.length} have died`);
  rmSync(join(cwd, "fault"));
  assert.equal((await fetch(server.url)).status, 200);
  await watched.until((pool) => readyOf(pool).length === 2, "both are ready again");
});

test("a reload whose workers end before all of them are ready fails, and changes nothing", async (t) => {
  const cwd = folderWith({ "faulty.py": FAULTY.replace("0.1, fault", "0.02, fault") });
  const watched = await watchPool(t, "faulty", { cwd, args: ["--workers", "32"] });
  await watched.until((pool) => readyOf(pool).length === 32, "all are ready");
  const old = await watched.ready();
  // All have checked for it already.
  await until(() => statSync(join(cwd, "looked")).size >= 32, "all have looked for it");
  writeFileSync(join(cwd, "fault"), "");
  watched.server.child.kill("SIGHUP");
  await watched.server.logged(({ msg }) => msg?.includes("nothing was changed") === true);
  assert.ok(old.every(isAlive));
  assert.equal((await fetch(watched.server.url)).status, 200);
});

test("a zygote is restarted with growing pauses, and the workers keep serving", async (t) => {
  const cwd = folderWith({ "faulty.py": FAULTY_ZYGOTE });
  const watched = await watchPool(t, "faulty", { cwd, args: ["--workers", "2"] });
  const { server } = watched;
  await watched.until((pool) => readyOf(pool).length === 2, "both are ready");
  const workers = await watched.ready();
  writeFileSync(join(cwd, "fault"), "");
  process.kill(zygoteOf(server), "SIGKILL");
  await until(() => Math.max(0, ...pauses(server)) >= 1, "it waits for 1 s");
  assert.match(
    loops(server)[0]?.msg as string,
    /^crash loop: the process that workers are forked from died \(killed by SIGKILL\) right after its import/,
  );
  assert.ok(workers.every(isAlive));
  assert.equal((await fetch(server.url)).status, 200);
  rmSync(join(cwd, "fault"));
  process.kill(workers[0] as number, "SIGKILL");
  await watched.until(
    (pool) => readyOf(pool).length === 2 && !readyOf(pool).includes(workers[0] as number),
    "another is forked",
  );
});

test("a request that kills its worker, sent again and again, does not keep others waiting", async (t) => {
  const server = await serve(t, "basic", { args: ["--workers", "1"] });
  for (let count = 0; count < 15; count += 1) {
    assert.equal((await fetch(`${server.url}/die`)).status, 502);
    const { result, took, allow } = await measured(() => fetch(server.url));
    assert.equal(result.status, 200);
    // Pauses would grow to 30 s.
    assert.ok(took < allow(1000), `${took} ms after ${count + 1} deaths`);
  }
  assert.deepEqual(loops(server), []);
});
