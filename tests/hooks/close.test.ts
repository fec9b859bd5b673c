// What follows a response, such as close(), is part of the application's work: a worker completes it before it exits.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Barrier, barrier } from "../../testing/barrier.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Running } from "../../testing/server.ts";
import { requestsOf } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

/** `/` answers at once. `/close?BARRIER` too, then its close() waits for the barrier. `/wait?BARRIER` waits before it answers. */
const APP = `import os, time
class Body(list):
    barrier = ""
    def close(self):
        if self.barrier:
            wait_at(self.barrier)
            note("closed")
def note(what):
    with open("notes", "a") as file:
        file.write("%s %d\\n" % (what, os.getpid()))
def wait_at(barrier):
    with open(barrier + ".reached", "a") as file:
        file.write("%d\\n" % os.getpid())
    while not os.path.exists(barrier):
        time.sleep(0.01)
def worker_exit(worker):
    note("exit")
def application(environ, start_response):
    start_response("200 OK", [])
    body = Body([str(os.getpid()).encode()])
    if environ["PATH_INFO"] == "/wait":
        wait_at(environ["QUERY_STRING"])
    else:
        body.barrier = environ["QUERY_STRING"]
    return body
`;

/** Milliseconds. A worker with nothing to do is killed if it does not exit within three seconds. */
const LONG = 3500;

interface Site {
  server: Running;
  /** The response is complete; the worker is in close() until the barrier is opened. */
  closes(held: Barrier): Promise<number>;
  /** What a process has recorded, once it has ended. */
  notes(pid: number): Promise<string[]>;
}

async function site(t: TestContext, ...args: string[]): Promise<Site> {
  const folder = folderWith({ "app.py": APP });
  const notes = join(folder, "notes");
  const server = await serve(t, "app", { cwd: folder, args: ["--hooks", "app", ...args] });
  return {
    server,
    closes: async (held) => {
      const answer = await (await fetch(`${server.url}/close?${held.path}`)).text();
      await held.untilReached();
      return Number(answer);
    },
    notes: async (pid) => {
      await until(() => !isAlive(pid), "it has ended");
      const text = existsSync(notes) ? readFileSync(notes, "utf8") : "";
      const own = text.split("\n").filter((line) => line.endsWith(` ${pid}`));
      return own.map((line) => line.split(" ")[0] as string);
    },
  };
}

const command = (name: string, { pid }: Running) => runCommand([name, "--pid", String(pid)]);

const isKilled = (server: Running): boolean =>
  server.log().some(({ msg }) => /killed/.test(msg ?? ""));

// They mostly wait for close().
describe("a long close() completes", { concurrency: true }, () => {
  for (const threads of ["1", "2"]) {
    test(`at a reload (${threads} threads)`, async (t) => {
      const { server, closes, notes } = await site(t, "--threads", threads);
      const held = barrier();
      const pid = await closes(held);
      assert.equal((await command("reload", server)).code, 0);
      await sleep(LONG);
      held.open();
      assert.deepEqual(await notes(pid), ["closed", "exit"]);
      assert.ok(!isKilled(server));
    });
  }

  test("at a reload, of an application in TypeScript", async (t) => {
    const held = barrier();
    const notes = join(folderWith(), "notes");
    const text = `import { appendFileSync, existsSync } from "node:fs";
const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
async function close() {
  appendFileSync(${JSON.stringify(`${held.path}.reached`)}, process.pid + "\\n");
  while (!existsSync(${JSON.stringify(held.path)})) await pause();
  appendFileSync(${JSON.stringify(notes)}, "closed");
}
export const application = (_environ: object, startResponse: Function) => {
  startResponse("200 OK", []);
  return Object.assign([new TextEncoder().encode(String(process.pid))], { close });
};
`;
    const server = await serve(t, "wsgi.ts", { cwd: folderWith({ "wsgi.ts": text }) });
    const pid = Number(await (await fetch(server.url)).text());
    await held.untilReached();
    assert.equal((await command("reload", server)).code, 0);
    await sleep(LONG);
    held.open();
    await until(() => !isAlive(pid), "it has ended");
    assert.equal(readFileSync(notes, "utf8"), "closed");
    assert.ok(!isKilled(server));
  });

  test("when its worker is recycled", async (t) => {
    const { server, closes, notes } = await site(t, "--workers", "2", "--max-requests", "1");
    const held = barrier();
    const pid = await closes(held);
    await server.logged(
      ({ worker, msg }) => worker === pid && msg?.startsWith("worker is replaced") === true,
    );
    await sleep(LONG);
    held.open();
    assert.deepEqual(await notes(pid), ["closed", "exit"]);
    assert.ok(!isKilled(server));
  });

  test("when the server is stopped", async (t) => {
    const { server, closes, notes } = await site(t);
    const held = barrier();
    const pid = await closes(held);
    const stopped = server.stop();
    await sleep(LONG);
    held.open();
    assert.equal(await stopped, 0);
    assert.deepEqual(await notes(pid), ["closed", "exit"]);
  });

  test("it takes no longer than gracefulTimeout when the server is stopped", async (t) => {
    const { server, closes, notes } = await site(t, "--graceful-timeout", "1");
    const hangs = await closes(barrier());
    // Otherwise it would wait for ever.
    assert.equal(await server.stop(), 0);
    assert.deepEqual(await notes(hangs), []);
    await server.logged(
      ({ worker, msg = "" }) =>
        worker === hangs &&
        /^did not end within \d s, after a response, such as in close\(\): killed$/.test(msg),
    );
  });
});

test("a worker whose requests are taken back at a reload exits like any other", async (t) => {
  const { server, notes } = await site(t);
  for (let generation = 2; generation < 5; generation += 1) {
    // A fast worker is given several requests at once: the first runs, the others wait behind it.
    const quick = Array.from({ length: 200 }, () => fetch(server.url));
    for (const each of await Promise.all(quick)) assert.equal(each.status, 200);
    const held = barrier();
    const first = fetch(`${server.url}/wait?${held.path}`);
    await held.untilReached();
    const others = Array.from({ length: 6 }, () => fetch(server.url));
    await until(async () => {
      const { running, waiting } = await requestsOf(server);
      return running + waiting === 7;
    }, "the others are there");
    assert.equal((await command("reload", server)).code, 0);
    for (const each of await Promise.all(others)) assert.equal(each.status, 200);
    held.open();
    const pid = Number(await (await first).text());
    assert.equal((await notes(pid)).at(-1), "exit");
  }
});
