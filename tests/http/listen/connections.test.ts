// maxConnections and maxConnectionsPerClient: a connection beyond the limit gets 503 at once, and the others are not affected.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { clientGroup } from "../../../src/http/listen/client-group.ts";
import { serve } from "../../../testing/serve.ts";
import type { Running } from "../../../testing/server.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { statusOf } from "../../../testing/status.ts";
import { runCommand } from "../../../testing/command.ts";
import { folderWith } from "../../../testing/temp.ts";
import { until } from "../../../testing/wait.ts";

const CODE = "QUINTET_TOO_MANY_CONNECTIONS";

/** Connections without a request. Resolves when the server has accepted all of them. */
async function idle(
  t: TestContext,
  server: Running,
  to: number | string,
  count: number,
): Promise<RawConnection[]> {
  const before = (await statusOf(server))?.fronts[0]?.connections ?? 0;
  const all = await Promise.all(Array.from({ length: count }, () => raw(to)));
  t.after(() => all.forEach((each) => each.destroy()));
  await until(async () => {
    const now = (await statusOf(server))?.fronts[0]?.connections ?? 0;
    return now >= before + count;
  }, `${count} are open`);
  return all;
}

/** The response to a connection beyond the limit. */
async function refusedAt(to: number | string, ask = true): Promise<string> {
  const connection = await raw(to);
  if (ask) connection.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const { how, text } = await connection.closed();
  assert.equal(how, "end", "no reset");
  connection.destroy();
  return text;
}

const refusals = (server: Running): string[] =>
  server.log().flatMap(({ code, msg = "" }) => (code === CODE ? [msg] : []));

test("beyond maxConnections a client gets 503 and is disconnected, and can connect once another has left", async (t) => {
  const server = await serve(t, "basic", { args: ["--max-connections", "5"] });
  const [first] = await idle(t, server, server.port, 5);
  for (const asks of [true, false]) {
    const text = await refusedAt(server.port, asks);
    assert.match(text, /^HTTP\/1\.1 503 Service Unavailable\r\n/);
    for (const field of ["Date: ", "Retry-After: 1", "Connection: close"])
      assert.ok(text.includes(`\r\n${field}`), field);
    assert.ok(text.endsWith(`\r\n\r\n503 Service Unavailable\n${CODE}\n`), text);
  }
  const { msg, level } = await server.logged(({ code }) => code === CODE);
  assert.equal(level, "warn");
  assert.equal(msg, "refused 1 connection: 5 are open, as many as maxConnections allows");
  // The open connections are served.
  first?.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  await first?.receives("Hello, world!");
  const front = (await statusOf(server))?.fronts[0];
  assert.deepEqual([front?.connections, front?.maxConnections, front?.refused], [5, 5, 2]);
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, /, 5 connections of at most 5, 2 refused$/m);
  first?.destroy();
  await until(async () => (await fetch(`${server.url}/hello`)).status === 200, "it is let in");
});

test("a thousand refused clients are a few lines of the log, and none waits", async (t) => {
  const server = await serve(t, "basic", { args: ["--max-connections", "2"] });
  const [first] = await idle(t, server, server.port, 2);
  const began = performance.now();
  for (let count = 0; count < 10; count += 1) {
    const all = Array.from({ length: 100 }, async () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.resume();
      await new Promise((resolve) => socket.on("close", resolve));
    });
    await Promise.all(all);
  }
  const seconds = (performance.now() - began) / 1000;
  first?.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  await first?.receives("Hello, world!");
  const total = (): number =>
    refusals(server).reduce((sum, msg) => sum + Number(/^refused (\d+)/.exec(msg)?.[1]), 0);
  await until(() => total() === 1000, "all of them are in the log");
  assert.ok(
    refusals(server).length <= seconds + 3,
    `${refusals(server).length} lines in ${seconds} s`,
  );
  assert.equal((await statusOf(server))?.fronts[0]?.refused, 1000);
});

test("beyond maxConnectionsPerClient one client is refused, and others are not", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const args = ["--max-connections-per-client", "3"];
  const server = await serve(t, "basic", {
    args: [...args, "--bind", `unix:${path}`],
  });
  const [first] = await idle(t, server, server.port, 3);
  assert.match(await refusedAt(server.port), /^HTTP\/1\.1 503 /);
  const { msg } = await server.logged(({ code }) => code === CODE);
  assert.equal(
    msg,
    "refused 1 connection: 127.0.0.1 has 3, as many as maxConnectionsPerClient allows",
  );
  const other = connect({ port: server.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
  t.after(() => other.destroy());
  other.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const data = await new Promise<string>((resolve) =>
    other.once("data", (chunk) => resolve(chunk.toString())),
  );
  assert.match(data, /^HTTP\/1\.1 200 /);
  // A unix socket has no client address.
  await idle(t, server, path, 10);
  first?.destroy();
  await until(async () => (await fetch(`${server.url}/hello`)).status === 200, "it is let in");
});

test("an IPv4 address counts as one client, and so does a /64 of IPv6", () => {
  for (const [address, group] of [
    ["203.0.113.7", "203.0.113.7"],
    ["", ""],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:1:2:3:4", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["2001:db8:1:2:3::", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ] as const)
    assert.equal(clientGroup(address), group);
});

test("several fronts share maxConnections, and by default the limit of open files decides", async (t) => {
  const shared = await serve(t, "basic", {
    args: ["--workers", "2", "--fronts", "2", "--max-connections", "7"],
  });
  const fronts = (await statusOf(shared))?.fronts ?? [];
  assert.deepEqual(
    fronts.map((front) => front.maxConnections),
    [4, 4],
  );
  const few = await serve(t, "basic", {
    by: ["/bin/sh", "-c", 'ulimit -n 400; exec "$@"', "sh"],
  });
  const [front] = (await statusOf(few))?.fronts ?? [];
  assert.equal(front?.maxConnections, 200);
});
