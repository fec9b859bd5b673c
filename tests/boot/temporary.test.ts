// There is no place in memory.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../testing/ports.ts";
import { start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

/** Opens a socket as systemd does, and becomes the command. */
const activate = `
import os, socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
`;

/** Whatever it starts finds a /dev/shm that nobody can write to. */
const hidden = [
  "unshare",
  "-m",
  "sh",
  "-c",
  'mount -t tmpfs -o ro,size=4k none /dev/shm && exec "$@"',
  "sh",
];

const skip = process.getuid?.() === 0 ? false : "only root can hide /dev/shm from a process";

test("all temporary files are in tempDir", { skip }, async (t) => {
  const port = await freePort();
  const tempDir = folderWith();
  const by = [...hidden, "python3", "-c", activate, String(port)];
  const env = { TMPDIR: "/nowhere", XDG_RUNTIME_DIR: "" };
  const args = ["--workers", "1", "--temp-dir", tempDir];
  const server = await start("uploads", { port, by, env, args });
  t.after(() => server.stop());
  const body = "x".repeat(1_000_000);
  const answer = await fetch(`${server.url}/digest?65536`, { method: "POST", body });
  assert.match(await answer.text(), /^1000000 /);
  const names = readdirSync(tempDir)
    .map((name) => name.replace(/\w{6}$/, "…"))
    .toSorted();
  assert.deepEqual(names, [`quintet-0-…`, "quintet-compiled-0"]);
  await server.stop();
  assert.deepEqual(readdirSync(tempDir), ["quintet-compiled-0"]);
});

test("a folder whose path is too long for sockets still works", { skip }, async (t) => {
  const tempDir = folderWith({ [join("x".repeat(100), "y".repeat(100), "file")]: "" });
  const long = join(tempDir, "x".repeat(100), "y".repeat(100));
  const env = { XDG_RUNTIME_DIR: "/nowhere" };
  const server = await start("uploads", {
    by: hidden,
    env,
    args: ["--workers", "1", "--temp-dir", long],
  });
  t.after(() => server.stop());
  const answer = await fetch(`${server.url}/digest?65536`, {
    method: "POST",
    body: "x".repeat(1_000_000),
  });
  assert.match(await answer.text(), /^1000000 /);
});
