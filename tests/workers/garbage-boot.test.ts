// What a worker, or a zygote, may send before it serves, and what it may not.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { untilReady } from "../../testing/worker-status.ts";
import { python } from "../../testing/paths.ts";
import { zygoteOf, zygotesOf } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";
import * as frames from "../../src/wire/frames.ts";

const { ANSWER, EXITED, FAILED, FORKED, LOG, READY } = frames;

/** `say` writes the contents of the file `words`, if it exists, to the connection of the process that calls it. */
const SAY = `import os, sys
def local(name):
    frame = sys._getframe()
    while frame is not None and name not in frame.f_locals:
        frame = frame.f_back
    return frame and frame.f_locals[name]
def say(socket):
    if os.path.exists("words"):
        with open("words", "rb") as file:
            socket.sendall(file.read())
`;
const HOOKS = `from say import local, say
def post_fork(worker):
    say(local("channel").answers)
`;
/** In the zygote, right before it forks. */
const FORKING = `import os
from say import local, say
os.register_at_fork(before=lambda: local("workers") and say(local("workers")._front))
def application(environ, start_response):
    start_response("200 OK", [])
    return [b"fine"]
`;
const PLAIN = FORKING.replace(/^os\.register.*$/m, "");
const IMPORTED = PLAIN.replace("def application", 'say(local("front"))\ndef application');

function frame(type: number, payload: string | object, length?: number): Buffer {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const header = Buffer.alloc(frames.HEADER_BYTES);
  header.writeUInt32LE(length ?? text.length, 0);
  header[8] = type;
  return Buffer.concat([header, Buffer.from(text)]);
}

const FACTS = { runtime: "Python", python: "python", version: "3", importMs: 1 };
const FAILURE = { code: "QUINTET_MODULE_FAILED", message: "no", trace: "", python: "" };
const MOUNT = { url: "/static/", root: "/", kind: "static" };

async function goesOn(server: Running, front: number, says: RegExp): Promise<void> {
  await server.logged(({ code, msg }) => code === "QUINTET_PROTOCOL" && says.test(msg ?? ""));
  assert.equal(await (await fetch(server.url)).text(), "fine");
  assert.equal(server.front, front, "the front is the same process");
}

const booting: [name: string, words: Buffer, says: RegExp][] = [
  ["bytes", Buffer.alloc(40, 255), /type 255/],
  ["an answer", frame(ANSWER, "\0".repeat(8)), /request 0/],
  ["READY with null", frame(READY, "null"), /READY is null/],
  ["READY with a number", frame(READY, "5"), /READY is 5/],
  ["READY with nothing", frame(READY, {}), /runtime is missing/],
  ["READY with a number as static files", frame(READY, { ...FACTS, static: 7 }), /static is 7/],
  [
    "READY with a mount that leaves a number",
    frame(READY, { ...FACTS, static: [{ ...MOUNT, left: [7] }] }),
    /static is a list/,
  ],
  ["READY with a mount of null", frame(READY, { ...FACTS, static: [null] }), /static is a list/],
  [
    "READY with a mount without a folder",
    frame(READY, { ...FACTS, static: [{ ...MOUNT, root: null }] }),
    /static is a list/,
  ],
  ["READY of 2 MB", frame(READY, "", 2 * 1024 * 1024), /type 17 that is 2097152/],
  ["READY twice", frame(READY, FACTS), /a second time/],
  ["FAILED with null", frame(FAILED, "null"), /FAILED is null/],
  [
    "FAILED without a message",
    frame(FAILED, { ...FAILURE, message: undefined }),
    /message is missing/,
  ],
  ["FAILED, and then READY", frame(FAILED, FAILURE), /a second time/],
  ["LOG with null", frame(LOG, "null"), /LOG is null/],
];

test("a worker that sends anything but READY or FAILED first is replaced", async (t) => {
  const cwd = folderWith({ "say.py": SAY, "hooked.py": HOOKS, "plain.py": PLAIN });
  const file = join(cwd, "words");
  const args = ["--workers", "2", "--hooks", "hooked"];
  const server = await serve(t, "plain:application", { cwd, args });
  const { front } = server;
  for (const [name, words, says] of booting) {
    await t.test(name, async () => {
      const [victim] = await untilReady(server, 2);
      // The same words may be in the log already, from a worker of a case before.
      const earlier = new Set(server.log().map(({ worker }) => worker));
      writeFileSync(file, words);
      process.kill(victim as number, "SIGKILL");
      await server.logged(({ msg, worker }) => says.test(msg ?? "") && !earlier.has(worker));
      rmSync(file);
      await goesOn(server, front, says);
      await untilReady(server, 2);
    });
  }
});

const forking: [name: string, words: Buffer, says: RegExp][] = [
  ["bytes", Buffer.alloc(40, 255), /type 255/],
  ["null", frame(FORKED, "null"), /FORKED is null/],
  ["a worker that is the front", frame(FORKED, "FRONT"), /pid is \d+/],
  ["a worker of pid -1", frame(FORKED, { id: 1, pid: -1 }), /pid is -1/],
  [
    "a worker that was not asked for",
    frame(FORKED, { id: 99, pid: 4_000_000 }),
    /worker 99, which was not/,
  ],
  ["a worker once more", frame(FORKED, { id: 2, pid: 4_000_000 }), /worker 2 a second time/],
  ["an exit with a text as its code", frame(EXITED, { pid: 4_000_000, code: "0" }), /code is "0"/],
  ["an exit that is a list", frame(EXITED, "[]"), /EXITED is a list/],
  ["READY twice", frame(READY, { threads: [], open: [], once: [] }), /READY a second time/],
  ["FAILED after READY", frame(FAILED, FAILURE), /FAILED after READY/],
  ["an answer", frame(ANSWER, ""), /a frame of type 20/],
  ["4 GB", frame(FORKED, "", 0xff_ff_ff_ff), /type 19 that is 4294967295/],
];

for (const [name, words, says] of forking) {
  test(`a zygote that sends ${name} is replaced, and its workers keep serving`, async (t) => {
    const cwd = folderWith({ "say.py": SAY, "forking.py": FORKING });
    const file = join(cwd, "words");
    const server = await serve(t, "forking:application", { cwd, args: ["--workers", "2"] });
    const { front } = server;
    const before = zygoteOf(server);
    const [victim, other] = await untilReady(server, 2);
    const text = JSON.stringify({ id: 1, pid: front });
    writeFileSync(file, words.includes("FRONT") ? frame(FORKED, text) : words);
    process.kill(victim as number, "SIGKILL");
    await server.logged(({ msg }) => says.test(msg ?? ""));
    rmSync(file);
    await goesOn(server, front, says);
    const ready = await untilReady(server, 2);
    assert.ok(ready.includes(other as number), "the other worker goes on");
    await until(
      () => zygotesOf(front).some((pid) => pid !== before),
      "there is another process to fork from",
    );
  });
}

test("if a process writes garbage during the import, the start fails with the code of that error", async () => {
  const cwd = folderWith({ "say.py": SAY, "imported.py": IMPORTED, words: "garbage garbage" });
  const args = ["--bind", "127.0.0.1:0", "--python", python, "imported:application"];
  const { code, stderr } = await runCommand(args, { cwd });
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_PROTOCOL: .* a frame of type \d+/);
});
