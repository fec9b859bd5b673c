import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { python } from "../../testing/paths.ts";
import { freePort } from "../../testing/ports.ts";
import { isAlive, zygoteOf } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** Records which process imports it, and what runs when each process ends. Each worker registers a function of its own, too. */
const APP = `import atexit, multiprocessing.util, os, shutil, tempfile, weakref
import flusher
note = flusher.note  # the same function, registered by both
class Thing:
    pass
note("imported")
thing = Thing()
atexit.register(note, "atexit")
weakref.finalize(thing, note, "finalize")
multiprocessing.util.Finalize(thing, note, args=("multiprocessing",), exitpriority=1)
folder = tempfile.TemporaryDirectory(dir=".", prefix="made-")
more = tempfile.mkdtemp(dir=".", prefix="made-")
atexit.register(shutil.rmtree, more)
for each in (folder.name, more):
    open(os.path.join(each, "file"), "w").close()
begun = False
def application(environ, start_response):
    global begun
    if not begun:
        begun = True
        atexit.register(note, "own-atexit")
        weakref.finalize(thing, note, "own-finalize")
    start_response("200 OK", [])
    there = [os.path.exists(os.path.join(each, "file")) for each in (folder.name, more)]
    return [("%d %s %s" % (os.getpid(), *there)).encode()]
`;
/** Like an installed library. */
const FLUSHER = `import atexit, os
def note(what):
    with open("notes", "a") as file:
        file.write("%s %d\\n" % (what, os.getpid()))
atexit.register(note, "flush")
`;
const MADE_BY_IMPORT = ["atexit", "finalize", "multiprocessing"];

function project(): string {
  return folderWith({ "app.py": APP, "site-packages/flusher.py": FLUSHER });
}
const env = { PYTHONPATH: "site-packages", PYTHONDONTWRITEBYTECODE: "1" };

/** What each process has recorded, by its pid, and how often. */
function notes(folder: string): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const line of readFileSync(join(folder, "notes"), "utf8").trim().split("\n")) {
    const [what = "", pid] = line.split(" ");
    found.set(Number(pid), [...(found.get(Number(pid)) ?? []), what]);
  }
  return found;
}

/** Send requests until `count` workers have answered. Each time, what the import has made must exist. */
async function ask(url: string, workers: number): Promise<Set<number>> {
  const pids = new Set<number>();
  await until(async () => {
    const answers = Array.from({ length: 6 }, async () => (await fetch(url)).text());
    for (const answer of await Promise.all(answers)) {
      const [pid, ...there] = answer.split(" ");
      assert.deepEqual(there, ["True", "True"]);
      pids.add(Number(pid));
    }
    return pids.size >= workers;
  }, `${workers} workers have answered`);
  return pids;
}

/** A function that an import registers runs once, in the process that imported; one that a worker registers, in the worker. */
function endedOnce(folder: string, workers: Set<number>): void {
  const noted = notes(folder);
  const importers = [...noted].filter(([, all]) => all.includes("imported"));
  assert.ok(importers.length > 0);
  for (const [pid, all] of importers) {
    const ended = all.filter((what) => MADE_BY_IMPORT.includes(what));
    assert.deepEqual(ended.toSorted(), MADE_BY_IMPORT, `${pid}: ${all.join(" ")}`);
  }
  for (const [pid, all] of noted) {
    const own = all.filter((what) => what.startsWith("own"));
    assert.deepEqual(
      own.toSorted(),
      workers.has(pid) ? ["own-atexit", "own-finalize"] : [],
      `${pid}`,
    );
    assert.equal(all.filter((what) => what === "flush").length, 1, `${pid}: ${all.join(" ")}`);
    const importsHere = all.includes("imported");
    assert.equal(
      all.some((what) => MADE_BY_IMPORT.includes(what)),
      importsHere,
    );
  }
}

/** What the imports have made and nothing has removed. */
const left = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith("made-"));

test("an atexit function of an import runs once, after the last worker of its generation", async (t) => {
  const folder = project();
  const args = ["--workers", "2", "--max-requests", "20"];
  const server = await serve(t, "app", { cwd: folder, env, args });
  const zygote = zygoteOf(server);
  // More than two: some have been recycled meanwhile.
  const workers = await ask(server.url, 5);
  assert.equal(notes(folder).get(zygote)?.join(), "imported");
  assert.deepEqual(
    server
      .log()
      .filter(({ msg }) => /atexit/.test(msg ?? ""))
      .map(({ msg }) => msg),
    [
      "registered with atexit at import: flusher.note, shutil.rmtree. With preload this runs once, after the last worker has ended; worker_exit in hooks runs in each worker.",
    ],
  );
  assert.equal((await runCommand(["reload", "--pid", String(server.pid)])).code, 0);
  await until(() => !isAlive(zygote), "the generation has ended");
  for (const pid of await ask(server.url, 1)) workers.add(pid);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(left(folder), []);
  endedOnce(folder, workers);
});

/** Python ends these processes and removes these files itself, without an atexit function of the project. */
const STARTED = `import multiprocessing, os, tempfile, time
file = tempfile.NamedTemporaryFile(dir=".", prefix="made-")
job = multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,), daemon=True)
job.start()
def application(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/job":
        return [b"%d" % job.pid]
    return [("%d %s %s" % (os.getpid(), os.path.exists(file.name), job._popen.returncode is None)).encode()]
`;

test("with --preload, a worker ends no process and removes no file of the import", async (t) => {
  const folder = folderWith({ "app.py": STARTED });
  const args = ["--workers", "2", "--max-requests", "20", "--preload"];
  const server = await serve(t, "app", { cwd: folder, args });
  await ask(server.url, 5);
  assert.equal(left(folder).length, 1);
  const job = Number(await (await fetch(`${server.url}/job`)).text());
  assert.ok(isAlive(job));
  assert.equal(await server.stop(), 0);
  assert.deepEqual(left(folder), []);
  await until(() => !isAlive(job), "the process that the import has started has ended");
});

test("without preload the atexit function runs in each worker, as under Gunicorn", async (t) => {
  const ours = project();
  const server = await serve(t, "app", {
    cwd: ours,
    env,
    args: ["--workers", "2", "--no-preload", "--max-requests", "20"],
  });
  const workers = await ask(server.url, 4);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(left(ours), []);
  endedOnce(ours, workers);

  const theirs = project();
  const port = await freePort();
  const command = join(python, "..", "gunicorn");
  const options = ["-w", "2", "-b", `127.0.0.1:${port}`, "--no-control-socket", "app"];
  const child = spawn(command, options, {
    cwd: theirs,
    env: { ...process.env, ...env },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  t.after(() => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(url).catch(() => null)) !== null, "Gunicorn answers");
  const others = await ask(url, 2);
  child.kill("SIGTERM");
  await ended;
  assert.deepEqual(left(theirs), []);
  endedOnce(theirs, others);
});
