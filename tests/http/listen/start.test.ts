// When a port opens: no connection is accepted before, and each accepted connection is answered.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { allDay } from "../../../testing/all-day.ts";
import { runCommand } from "../../../testing/command.ts";
import { python } from "../../../testing/paths.ts";
import { freePort } from "../../../testing/ports.ts";
import { serve } from "../../../testing/serve.ts";
import { start } from "../../../testing/server.ts";
import { statusOf } from "../../../testing/status.ts";
import { folderWith } from "../../../testing/temp.ts";

/** Before the fix, 2 of 15 starts accepted a connection too early. */
const STARTS = allDay ? 15 : 6;

type To = { port: number; host: string } | { path: string };

/** How a connection ended: `answered`, or its error code, after `connected` if it was accepted. */
async function ask(to: To): Promise<string> {
  const socket = connect({ ...to, noDelay: true });
  let answer = "";
  let connected = "";
  socket.on("connect", () => {
    connected = "connected, ";
    socket.write("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  });
  socket.on("data", (data) => (answer += data.toString()));
  const how = await new Promise<string>((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(`${connected}${error.code}`));
    socket.on("close", () => resolve(answer.startsWith("HTTP/1.1 200") ? "answered" : "closed"));
  });
  socket.destroy();
  return how;
}

/** Several clients connect again and again. Resolves with how their connections ended. */
function clients(to: To): () => Promise<Map<string, number>> {
  const over = new AbortController();
  const seen = new Map<string, number>();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const how = await ask(to);
      seen.set(how, (seen.get(how) ?? 0) + 1);
    }
  };
  const all = [client(), client(), client()];
  return async () => {
    over.abort();
    await Promise.all(all);
    return seen;
  };
}

const before = new Set(["ECONNREFUSED", "ENOENT"]);

function isGood(seen: Map<string, number>): void {
  assert.ok((seen.get("answered") ?? 0) > 0, JSON.stringify([...seen]));
  for (const how of seen.keys())
    assert.ok(how === "answered" || before.has(how), JSON.stringify([...seen]));
}

const TCP = async (): Promise<{ to: To; address: string }> => {
  const port = await freePort();
  return { to: { host: "127.0.0.1", port }, address: `127.0.0.1:${port}` };
};
const UNIX = async (): Promise<{ to: To; address: string }> => {
  const path = join(folderWith(), "quintet.sock");
  return { to: { path }, address: `unix:${path}` };
};

for (const [what, make, more] of [
  ["a port", TCP, []],
  ["a port of two fronts", TCP, ["--fronts", "2"]],
  ["a unix socket", UNIX, []],
] as const) {
  test(`no client is let in and then cut off while ${STARTS} servers start: ${what}`, async () => {
    for (let count = 0; count < STARTS; count += 1) {
      const { to, address } = await make();
      const over = clients(to);
      const args = ["--workers", more.length > 0 ? "2" : "1", "--bind", address, ...more];
      const server = await start("basic", { args });
      const seen = await over();
      assert.equal(await server.stop(), 0);
      isGood(seen);
    }
  });
}

test("a server with one address already taken opens none of its addresses", async (t) => {
  const taken = await serve(t, "basic");
  const { to, address } = await TCP();
  const over = clients(to);
  const args = ["--python", python, "--bind", address, "--bind", `127.0.0.1:${taken.port}`];
  const { code, stderr } = await runCommand([...args, "basic"]);
  assert.equal(code, 3, stderr);
  assert.deepEqual([...(await over()).keys()], ["ECONNREFUSED"]);
});

test("two servers of several fronts do not share a port", async (t) => {
  const first = await serve(t, "basic", { args: ["--workers", "2", "--fronts", "2"] });
  const args = ["--python", python, "--workers", "2", "--fronts", "2"];
  const { code, stderr } = await runCommand([
    ...args,
    "--bind",
    `127.0.0.1:${first.port}`,
    "basic",
  ]);
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_BIND: .*another process listens there/);
});

async function through(t: TestContext, what: "reload" | "upgrade", fronts: string): Promise<void> {
  const { to, address } = await UNIX();
  const args = ["--workers", "2", "--fronts", fronts, "--bind", address];
  const server = await serve(t, "basic", { args });
  const all = [clients({ host: "127.0.0.1", port: server.port }), clients(to)];
  const { code, stderr } = await runCommand([what, "--pid", String(server.pid)]);
  assert.equal(code, 0, stderr);
  for (const over of all) assert.deepEqual([...(await over()).keys()], ["answered"]);
  assert.equal((await statusOf(server))?.state, "running");
}

for (const fronts of ["1", "2"]) {
  test(`no client is lost by a reload of ${fronts} fronts`, (t) => through(t, "reload", fronts));
  test(`no client is lost by an upgrade of ${fronts} fronts`, (t) => through(t, "upgrade", fronts));
}
