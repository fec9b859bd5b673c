// What follows a response is the application's work as well: it is finished where a worker leaves.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Running } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

/** /4 answers at once, and then closes for four seconds; /slow?4 answers after four seconds. */
const APP = `import os, time
class Body(list):
    seconds = 0
    def close(self):
        time.sleep(self.seconds)
        note("closed")
def note(what):
    with open("notes", "a") as file:
        file.write("%s %d\\n" % (what, os.getpid()))
def worker_exit(worker):
    note("exit")
def application(environ, start_response):
    start_response("200 OK", [])
    body = Body([str(os.getpid()).encode()])
    if environ["PATH_INFO"] == "/slow":
        time.sleep(float(environ["QUERY_STRING"]))
    else:
        body.seconds = float(environ["PATH_INFO"][1:])
    return body
`;

interface Site {
  server: Running;
  /** Answered; the worker is still in close(). */
  closes(seconds: number): Promise<number>;
  /** What a process has noted, when it has ended. */
  notes(pid: number): Promise<string[]>;
}

async function site(t: TestContext, ...args: string[]): Promise<Site> {
  const folder = folderWith({ "app.py": APP });
  const notes = join(folder, "notes");
  const server = await serve(t, "app", { cwd: folder, args: ["--hooks", "app", ...args] });
  return {
    server,
    closes: async (seconds) => {
      const answer = await (await fetch(`${server.url}/${seconds}`)).text();
      await sleep(100);
      return Number(answer);
    },
    notes: async (pid) => {
      await until(() => !isAlive(pid), "it has ended", 15_000);
      const text = existsSync(notes) ? readFileSync(notes, "utf8") : "";
      const own = text.split("\n").filter((line) => line.endsWith(` ${pid}`));
      return own.map((line) => line.split(" ")[0] as string);
    },
  };
}

const command = (name: string, { pid }: Running) => runCommand([name, "--pid", String(pid)]);

for (const threads of ["1", "2"]) {
  test(`a reload lets a close() of four seconds come to its end (${threads} threads)`, async (t) => {
    const { server, closes, notes } = await site(t, "--threads", threads);
    const pid = await closes(4);
    assert.equal((await command("reload", server)).code, 0);
    assert.deepEqual(await notes(pid), ["closed", "exit"]);
    assert.ok(!server.log().some(({ msg }) => /killed/.test(msg ?? "")));
  });
}

test("a reload lets the close() of an application in TypeScript come to its end", async (t) => {
  const notes = join(folderWith(), "notes");
  const text = `import { appendFileSync } from "node:fs";
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
export const application = (_environ: object, startResponse: Function) => {
  startResponse("200 OK", []);
  return Object.assign([new TextEncoder().encode(String(process.pid))], {
    close: () => later(4000).then(() => appendFileSync(${JSON.stringify(notes)}, "closed")),
  });
};
`;
  const server = await serve(t, "wsgi.ts", { cwd: folderWith({ "wsgi.ts": text }) });
  const pid = Number(await (await fetch(server.url)).text());
  await sleep(100);
  assert.equal((await command("reload", server)).code, 0);
  await until(() => !isAlive(pid), "it has ended", 15_000);
  assert.equal(readFileSync(notes, "utf8"), "closed");
  assert.ok(!server.log().some(({ msg }) => /killed/.test(msg ?? "")));
});

test("a worker that is recycled ends its close() before", async (t) => {
  const { server, closes, notes } = await site(t, "--workers", "2", "--max-requests", "1");
  assert.deepEqual(await notes(await closes(4)), ["closed", "exit"]);
  assert.ok(!server.log().some(({ msg }) => /killed/.test(msg ?? "")));
});

test("a server that is stopped waits for a close() as well, but no longer than gracefulTimeout", async (t) => {
  const one = await site(t);
  const pid = await one.closes(4);
  assert.equal(await one.server.stop(), 0);
  assert.deepEqual(await one.notes(pid), ["closed", "exit"]);
  const other = await site(t, "--graceful-timeout", "1");
  const hangs = await other.closes(120);
  const told = performance.now();
  assert.equal(await other.server.stop(), 0);
  assert.ok(performance.now() - told < 12_000);
  assert.deepEqual(await other.notes(hangs), []);
  await other.server.logged(
    ({ worker, msg = "" }) =>
      worker === hangs &&
      /^did not end within \d s, in what follows a response, such as close\(\): killed$/.test(msg),
  );
});

test("a worker of which requests are taken back at a reload leaves as others do", async (t) => {
  const { server, notes } = await site(t);
  for (let generation = 2; generation < 5; generation += 1) {
    // A worker that is fast is given several at once: the first runs, others wait behind it.
    const quick = Array.from({ length: 200 }, () => fetch(`${server.url}/0`));
    for (const each of await Promise.all(quick)) assert.equal(each.status, 200);
    const first = fetch(`${server.url}/slow?1.5`);
    const others = Array.from({ length: 6 }, () => fetch(`${server.url}/0`));
    assert.equal((await command("reload", server)).code, 0);
    const pid = Number(await (await first).text());
    for (const each of await Promise.all(others)) assert.equal(each.status, 200);
    assert.equal((await notes(pid)).at(-1), "exit");
  }
});
