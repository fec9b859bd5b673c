import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "../../../testing/server.ts";
import { untilRequests } from "../../../testing/status.ts";
import { steps } from "../../../testing/steps.ts";
import { until } from "../../../testing/wait.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

for (const [what, path, length] of [
  ["a stream", "/350000?65536", 350_000],
  ["an answer in one piece", "/60000?60000", 60_000],
] as const) {
  test(`a client that is reading ${what} when the server stops gets all of it`, async () => {
    // On a unix socket the kernel buffers little, so the server holds the rest.
    const socketPath = join(folderWith(), "socket");
    const server = await start("bulk", { args: ["--bind", `unix:${socketPath}`] });
    const asking = Array.from({ length: 5 }, async () => {
      const [response] = (await once(request({ socketPath, path }).end(), "response")) as [
        IncomingMessage,
      ];
      response.pause();
      return response;
    });
    const responses = await Promise.all(asking);
    await untilRequests(server, { running: 0 });
    server.child.kill("SIGTERM");
    await server.logged(({ msg = "" }) => msg.startsWith("SIGTERM: finishing"));
    // No event shows that it stays. If it did not, it would be gone by now.
    await sleep(300);
    for (const response of responses) {
      let received = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
      assert.equal(received, length);
    }
    assert.equal(await server.ended, 0);
  });
}

test("a file sent by the last request before a stop arrives complete", async () => {
  const { cwd, go } = steps({ big: "x".repeat(3_000_000) });
  const socketPath = join(cwd, "socket");
  const server = await start("steps", { cwd, args: ["--bind", `unix:${socketPath}`] });
  const asking = request({ socketPath, path: "/file?big" }).end();
  const asked = once(asking, "response") as Promise<[IncomingMessage]>;
  await until(() => existsSync(join(cwd, "begun")), "it runs");
  server.child.kill("SIGTERM");
  await server.logged(({ msg = "" }) => msg.startsWith("SIGTERM: finishing 1 running request,"));
  go("go");
  const [response] = await asked;
  let received = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    received += chunk.length;
    // A client that needs a second for it.
    await sleep(20);
  }
  assert.equal(received, 3_000_000);
  assert.equal(await server.ended, 0);
});

test("a stop waits for bodies that are still arriving", async () => {
  const server = await start("uploads");
  const client = await raw(server.port);
  const head = "Host: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n";
  client.write(`POST /digest HTTP/1.1\r\n${head}`);
  await client.receives("100 Continue");
  client.write("hello");
  server.child.kill("SIGTERM");
  await server.logged(({ msg = "" }) => msg.startsWith("SIGTERM: finishing 1 running request,"));
  // No event shows that it stays. If it did not, it would be gone by now.
  await sleep(300);
  client.write("hello");
  const { text } = await client.closed();
  assert.match(text, /HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n10 /);
  assert.equal(await server.ended, 0);
});
