// In a file of its own, for it takes half a minute and meanwhile needs nothing of the machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { serve } from "../../testing/serve.ts";
import { raw } from "../../testing/socket.ts";
import { PATIENCE } from "../../testing/wait.ts";

/** Milliseconds after which a silent front is killed (python/quintet/master/fronts/heartbeat.py). */
const SILENCE = 30_000;

test("a front that is stopped (SIGSTOP) is killed after a long silence", async (t) => {
  const server = await serve(t, "basic");
  const front = server.front;
  process.kill(front, "SIGSTOP");
  const client = await raw(server.port);
  client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const answered = client.receives("200 OK", SILENCE + 2 * PATIENCE);
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, new RegExp(`front ${front} silent`));
  await server.logged(({ msg }) => /silent for 3\d s: killed/.test(msg ?? ""), SILENCE + PATIENCE);
  // Nobody had accepted its connection: the front that is stopped does not accept.
  await answered;
  client.destroy();
});
