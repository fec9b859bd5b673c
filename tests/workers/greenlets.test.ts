import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../../testing/serve.ts";
import { statusOf } from "../../testing/status.ts";
import { zygoteOf } from "../../testing/processes.ts";
import { folderWith } from "../../testing/temp.ts";

/** Serves requests while a greenlet of the application runs beside them. */
const APP = `from gevent import monkey
monkey.patch_all()
import gevent, os, subprocess, threading, time, urllib.request
ticks = 0
def tick():
    global ticks
    while True:
        time.sleep(0.01)
        ticks += 1
def post_fork(worker):
    threading.Thread(target=tick, daemon=True).start()
    assert worker.threads == 1
def application(environ, start_response):
    before = ticks
    time.sleep(float(environ["QUERY_STRING"] or 0))
    said = subprocess.run(["echo", "hello"], capture_output=True, check=True).stdout.decode().strip()
    body = environ["wsgi.input"].read().decode()
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield ("%d %s %s %s %s" % (os.getpid(), ticks > before, said, body, environ["wsgi.multithread"])).encode()
`;

const folder = folderWith({ "app.py": APP });

for (const [how, args] of [
  ["several threads", ["--threads", "4"]],
  ["one thread", []],
  ["several threads and an import of its own", ["--threads", "4", "--no-preload"]],
] as const) {
  test(`an application that gevent has patched runs in a worker of ${how}`, async (t) => {
    const several = args.includes("--threads" as never);
    const server = await serve(t, "app", {
      cwd: folder,
      args: ["--workers", "2", "--hooks", "app", "--timeout", "20", ...args],
    });
    if (!args.includes("--no-preload" as never)) assert.ok(zygoteOf(server));
    const asked = Array.from({ length: 12 }, async (_, number) => {
      const options = { method: "POST", body: String(number) };
      return await (await fetch(`${server.url}/?0.05`, options)).text();
    });
    const workers = new Set<string>();
    for (const [number, text] of (await Promise.all(asked)).entries()) {
      const [pid = "", ...rest] = text.split(" ");
      workers.add(pid);
      assert.deepEqual(rest, ["True", "hello", String(number), "False"]);
    }
    assert.equal(workers.size, 2);
    const said = server.log().filter(({ msg }) => /gevent/.test(msg ?? ""));
    assert.deepEqual(
      said.map(({ level, msg }) => `${level}: ${msg}`),
      several
        ? [
            "warn: threads: 4 has no effect: gevent has replaced threads by greenlets, so each worker runs one request at a time",
          ]
        : [],
    );
    const pools = (await statusOf(server))?.fronts.flatMap((front) => front.pools ?? []);
    assert.equal(pools?.[0]?.threads, 1);
    assert.equal(await server.stop(), 0);
  });
}
