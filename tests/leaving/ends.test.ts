// A worker that exits by itself does all that Python does at the end of a program, like a worker of Gunicorn.
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { spawnSync } from "node:child_process";
import { gunicorn, gunicornCommand } from "../../peers/gunicorn.ts";
import { startProcess } from "../../peers/process.ts";
import { barrier } from "../../testing/barrier.ts";
import { cleanEnvironment, runCommand } from "../../testing/command.ts";
import { apps, python } from "../../testing/paths.ts";
import { freePort } from "../../testing/ports.ts";
import { isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import type { LogLine, Running } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

const ALL = ["thread", "daemon", "jobs", "files", "journals", "exits", "finalized", "cycles"];
const LINES = Array.from({ length: 20 }, (_, number) => `${number}\n`).join("");

function folderOfItsOwn(): string {
  const folder = folderWith();
  chmodSync(folder, 0o777); // Gunicorn is run as another user
  symlinkSync(join(apps, "leaving.py"), join(folder, "leaving.py"));
  return folder;
}

async function site(t: TestContext, ...args: string[]) {
  const folder = folderOfItsOwn();
  const server = await serve(t, "leaving", { cwd: folder, args });
  return { server, folder, get: (path: string) => get(server.url, path) };
}

async function get(url: string, path: string): Promise<string> {
  const response = await fetch(`${url}/${path}`);
  assert.equal(response.status, 200, path);
  return response.text();
}

function notes(folder: string): string[] {
  const path = join(folder, "notes");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

/** What is left when a worker has ended that has started all of it. */
function left(folder: string): object {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const entries = "import zipfile; print(zipfile.ZipFile('archive.zip').namelist())";
  return {
    notes: notes(folder).toSorted(),
    plain: read("plain").toString(),
    binary: read("binary").toString(),
    packed: gunzipSync(read("packed.gz")).toString(),
    archive: spawnSync(python, ["-c", entries], { cwd: folder, encoding: "utf8" }).stdout,
  };
}

const EXPECTED = {
  notes: ["atexit", "finalized", "finalizer", "helped", ...Array(5).fill("job"), "thread"],
  plain: LINES,
  binary: LINES,
  packed: LINES,
  archive: "['lines']\n",
};

const isKilled = (server: Running): boolean =>
  server.log().some(({ msg = "" }) => /killed/.test(msg));

// They mostly wait.
describe("what a view has started is completed", { concurrency: true }, () => {
  test("under Gunicorn", { skip: gunicorn.skip }, async (t) => {
    const folder = folderOfItsOwn();
    const port = await freePort();
    const command = gunicornCommand({ port, workers: 1, target: "leaving:application" });
    const host = await startProcess(command, { cwd: folder, env: cleanEnvironment() });
    t.after(() => host.stop("SIGKILL", 1000));
    const url = `http://127.0.0.1:${port}`;
    await until(
      () =>
        fetch(`${url}/pid`).then(
          () => true,
          () => false,
        ),
      "Gunicorn answers",
    );
    for (const path of ALL) await get(url, path);
    assert.ok(await host.stop());
    assert.deepEqual(left(folder), EXPECTED);
  });

  for (const [how, args] of [
    ["that was forked", []],
    ["of an import of its own", ["--no-preload"]],
    ["of several threads", ["--threads", "2"]],
  ] as const) {
    test(`in a worker ${how}: when the server stops`, async (t) => {
      const { server, folder, get } = await site(t, ...args);
      for (const path of ALL) await get(path);
      assert.equal(await server.stop(), 0);
      assert.deepEqual(left(folder), EXPECTED);
      assert.equal(readFileSync(join(folder, "journal"), "utf8"), "imported\nview\n");
      assert.ok(!isKilled(server));
      const ignored = server.log().filter(({ msg = "" }) => msg.includes("Exception ignored"));
      assert.deepEqual(ignored, []);
    });
  }

  // Python warns of what the project should close itself, such as the journal of this application.
  for (const args of [["--no-preload"], ["--no-preload", "--threads", "2"], []]) {
    test(`Python's development mode finds nothing of Quintet that is not closed: ${args.join(" ")}`, async (t) => {
      const server = await serve(t, "leaving", {
        cwd: folderOfItsOwn(),
        args: [...args, "--env", "PYTHONDEVMODE=1"],
      });
      const body = "x".repeat(2_000_000); // more than is kept in memory
      assert.equal((await fetch(`${server.url}/pid`, { method: "POST", body })).status, 200);
      assert.equal(await server.stop(), 0);
      const warnings = server.log().filter(({ msg = "" }) => /Warning: (?!.*'journal')/.test(msg));
      assert.deepEqual(warnings, []);
    });
  }

  // A thread inherits being a daemon from the one that starts it, so the threads of views must not be daemons.
  for (const threads of ["1", "2"])
    test(`at a reload, and the log says once what the worker waits for: --threads ${threads}`, async (t) => {
      const { server, folder, get } = await site(t, "--threads", threads);
      const held = barrier();
      const pid = Number(await get(`thread?${held.path}`));
      for (const path of ALL.slice(1)) await get(path);
      const { code } = await runCommand(["reload", "--pid", String(server.pid)]);
      assert.equal(code, 0);
      assert.notEqual(await get("pid"), String(pid));
      const waits = ({ worker, msg = "" }: LogLine): boolean => worker === pid && /waits/.test(msg);
      const { msg = "" } = await server.logged(waits);
      assert.match(msg, /^is exiting, but waits for its threads .*\breport-writer\b/);
      assert.doesNotMatch(msg, /quintet/);
      held.open();
      await until(() => !isAlive(pid), "it has ended");
      assert.deepEqual(left(folder), EXPECTED);
      assert.ok(!isKilled(server));
      assert.equal(server.log().filter(waits).length, 1);
    });

  test("when a worker is recycled", async (t) => {
    const { server, folder, get } = await site(t, "--max-requests", String(ALL.length));
    const pid = Number(await get("thread"));
    for (const path of ALL.slice(1)) await get(path);
    await until(() => !isAlive(pid), "it has ended");
    assert.deepEqual(left(folder), EXPECTED);
    assert.ok(!isKilled(server));
  });

  test("after gracefulTimeout the worker is killed, and the log says what it was doing", async (t) => {
    const { server, folder, get } = await site(t, "--graceful-timeout", "4");
    const pid = Number(await get("thread?never"));
    await get("exits");
    assert.equal(await server.stop(), 0);
    assert.deepEqual(notes(folder), []);
    const killed = server
      .log()
      .find(({ worker, msg = "" }) => worker === pid && /killed/.test(msg));
    assert.equal(
      killed?.msg,
      "did not end within 4 s, waiting for threads that the application has started: killed",
    );
  });
});
