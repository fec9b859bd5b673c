import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { python } from "../../testing/paths.ts";
import { folderWith } from "../../testing/temp.ts";

const APP = "from wsgiref.simple_server import demo_app as application\n";

for (const [what, name, text, expected] of [
  ["no such module", "nothing.here", "", /QUINTET_NO_MODULE: hooks: There is no module 'nothing'/],
  [
    "a module that does not import",
    "bad",
    "1 / 0",
    /QUINTET_MODULE_FAILED: hooks: The module 'bad' .*Zero/,
  ],
  [
    "a module without hooks",
    "bad",
    "on_exit = 1",
    /QUINTET_NO_HOOKS: hooks: the module 'bad' has neither/,
  ],
  [
    "a hook as Gunicorn's, of server and worker",
    "bad",
    "def worker_exit(server, worker): pass",
    /QUINTET_NO_HOOKS: hooks: bad\.worker_exit cannot be called with one argument, the worker/,
  ],
  [
    "a post_fork that raises",
    "bad",
    "def post_fork(worker): raise SystemExit(1)",
    /QUINTET_HOOK_FAILED: post_fork of the module 'bad'[^]*bad\.py[^]*SystemExit: 1/,
  ],
  [
    "a post_fork that hangs",
    "bad",
    "import time\ndef post_fork(worker):\n    time.sleep(60)",
    /QUINTET_BOOT_TIMEOUT[^]*bad\.py", line 3 in post_fork/,
  ],
] as const) {
  test(`${what}: the server does not start, and says why`, async () => {
    const cwd = folderWith({ "app.py": APP, "bad.py": text });
    const args = ["--bind", "127.0.0.1:0", "--python", python, "--hooks", name];
    // The others are over before that.
    if (text.includes("sleep")) args.push("--boot-timeout", "5");
    const ways = [[], ["--no-preload"]].map((preload) =>
      runCommand([...args, ...preload, "app"], { cwd }),
    );
    for (const { code, stderr } of await Promise.all(ways)) {
      assert.equal(code, 3);
      assert.match(stderr, expected);
    }
  });
}
