import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { zygoteOf } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** Counts what each worker answers, in the files of its pid; what the import counts is in those of the process that imports. */
const APP = `import os, time
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest, multiprocess
answered = Counter("answered", "requests")
imports = Counter("imports", "imports")
serving = Gauge("serving", "workers", multiprocess_mode="livesum")
imports.inc()
def post_fork(worker):
    serving.set(1)
def worker_exit(worker):
    multiprocess.mark_process_dead(worker.pid)
def application(environ, start_response):
    if environ["PATH_INFO"] == "/metrics":
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
        body = generate_latest(registry)
    else:
        time.sleep(0.005)
        answered.inc()
        body = b"%d" % os.getpid()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
`;

test("prometheus_client counts right in multiprocess mode, even when workers are recycled", async (t) => {
  const cwd = folderWith({ "app.py": APP });
  const metrics = join(cwd, "metrics");
  mkdirSync(metrics);
  const server = await serve(t, "app", {
    cwd,
    env: { PROMETHEUS_MULTIPROC_DIR: metrics },
    args: ["--workers", "2", "--hooks", "app", "--max-requests", "25"],
  });
  const zygote = zygoteOf(server);
  assert.deepEqual(
    server.log().filter(({ msg }) => /preload/.test(msg ?? "")),
    [],
  );
  const pids = new Set<string>();
  for (let round = 0; round < 8; round += 1) {
    const asked = Array.from({ length: 10 }, async () => (await fetch(server.url)).text());
    for (const pid of await Promise.all(asked)) pids.add(pid);
  }
  assert.ok(pids.size > 2, "some workers have been recycled");
  const value = async (name: string): Promise<number> => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
  };
  assert.equal(await value("answered_total"), 80);
  assert.equal(await value("imports_total"), 1);
  await until(async () => (await value("serving")) === 2, "those that have left are not counted");
  const files = readdirSync(metrics);
  for (const pid of [...pids, String(zygote)]) assert.ok(files.includes(`counter_${pid}.db`), pid);
});
