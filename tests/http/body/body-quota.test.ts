import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { python } from "../../../testing/paths.ts";
import { bytesIn, openIn } from "../../../testing/open-files.ts";
import { serve } from "../../../testing/serve.ts";
import { runCommand } from "../../../testing/command.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";
import { PATIENCE, until } from "../../../testing/wait.ts";

const temporary = folderWith();
let server: Running;
before(async () => {
  const args = ["--workers", "1", "--body-memory", "1k", "--spool-limit", "2m"];
  args.push("--temp-dir", temporary);
  server = await start("basic", { args });
});
after(async () => {
  await server.stop();
});

/** Whole blocks of bodies are in files, the rest is in memory. So of that many bytes at least this many are in files. */
const holds = (bytes: number): boolean => bytesIn(server.front, temporary) > bytes - 65_536;
const post = async (size: number): Promise<Response> =>
  fetch(`${server.url}/digest`, { method: "POST", body: Buffer.alloc(size) });

/** Earlier requests have returned what they held. */
const isEmpty = (): Promise<void> =>
  until(() => openIn(server.front, temporary).length === 0, "nothing is held");

/** A client that sends part of a body and waits. */
async function upload(from: string, announced: number, sent: number): Promise<RawConnection> {
  const connection = await raw(server.port, from);
  connection.write(`POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: ${announced}\r\n\r\n`);
  connection.write("x".repeat(sent));
  return connection;
}

test("uploads that together exceed --spool-limit get 503, and the others continue", async () => {
  const [first, second] = [
    await upload("127.0.0.1", 900_000, 800_000),
    await upload("127.0.0.2", 900_000, 800_000),
  ];
  await until(() => holds(1_600_000 - 65_536), "they are held");
  const third = await upload("127.0.0.3", 600_000, 0);
  const refused = await third.receives(/QUINTET_BODY_QUOTA, request /);
  assert.match(refused, /^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n/);
  await server.logged(({ msg }) => /request bodies hold 1600000 bytes/.test(msg ?? ""));
  // A body that is small enough for the memory has its own limit there.
  assert.equal((await post(1000)).status, 200);
  for (const each of [first, second]) {
    each.write("x".repeat(100_000));
    await each.receives("200 OK");
  }
  for (const each of [first, second, third]) each.destroy();
});

test("one client address has half of --spool-limit, however many connections it has", async () => {
  await isEmpty();
  const trickling = [
    await upload("127.0.0.1", 500_000, 490_000),
    await upload("127.0.0.1", 500_000, 490_000),
  ];
  await until(() => holds(980_000 - 65_536), "they are held");
  assert.equal((await post(400_000)).status, 503);
  await server.logged(({ msg }) => /the bodies of 127\.0\.0\.1 hold 980000 bytes/.test(msg ?? ""));
  const other = await upload("127.0.0.2", 400_000, 400_000);
  await other.receives("200 OK");
  for (const each of [other, ...trickling]) each.destroy();
  await isEmpty();
});

test("held bytes are released by refused requests, by answered ones and by those whose clients left", async () => {
  await isEmpty();
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await post(2_000_000)).status, 503);
    const connection = await raw(server.port);
    connection.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n");
    connection.write("x".repeat(900_000));
    await until(() => holds(900_000), "they are held");
    connection.destroy();
    await isEmpty();
    assert.equal((await post(1_000_000)).status, 200);
  }
});

test("a client gets its 503 even while it is still sending", async () => {
  const file = join(folderWith(), "upload");
  writeFileSync(file, Buffer.alloc(30_000_000));
  for (let count = 0; count < 10; count += 1) {
    const args = [
      "--silent",
      "--show-error",
      "--max-time",
      String(PATIENCE / 1000),
      "--write-out",
      "%{http_code}",
    ];
    const url = `${server.url}/digest`;
    // Without waiting for 100 Continue, like most clients.
    const how = ["--header", "Expect:", "--data-binary", `@${file}`, url];
    const { stdout } = await promisify(execFile)("curl", [...args, ...how]);
    assert.match(stdout, /QUINTET_BODY_QUOTA, request .*\n503$/);
  }
});

test("so does a client that sends all before it reads", async () => {
  const script = `
import http.client
for _ in range(10):
    connection = http.client.HTTPConnection("127.0.0.1", ${server.port}, timeout=${PATIENCE / 1000})
    connection.request("POST", "/digest", body=b"x" * 30_000_000)
    print(connection.getresponse().status)
`;
  const { stdout } = await promisify(execFile)(python, ["-c", script]);
  assert.equal(stdout, "503\n".repeat(10));
});

test("a body whose length alone is too much is refused before it is sent", async () => {
  const connection = await raw(server.port);
  const head = "POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n";
  connection.write(`${head}Expect: 100-continue\r\n\r\n`);
  const text = await connection.receives(/QUINTET_BODY_QUOTA/);
  assert.match(text, /^HTTP\/1\.1 503 /);
  connection.destroy();
});

test("a missing temporary folder is reported before anything starts", async () => {
  const result = await runCommand(["--temp-dir", "/nowhere/at/all", "basic"]);
  assert.equal(result.code, 3);
  assert.match(result.stderr, /QUINTET_SETTING: .*tempDir.*"\/nowhere\/at\/all"/);
});

test("the memory of a body that gets 408 is released, and a stop does not wait for the rest", async (t) => {
  const args = ["--body-timeout", "0.5", "--graceful-timeout", "300", "--spool-limit", "2m"];
  const own = await serve(t, "basic", { args });
  for (let count = 0; count < 3; count += 1) {
    const connection = await raw(own.port);
    connection.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n");
    connection.write("x".repeat(400_000));
    await connection.receives(/^HTTP\/1\.1 408 /);
    connection.destroy();
  }
  await until(async () => {
    const body = Buffer.alloc(1_000_000);
    const { status } = await fetch(`${own.url}/digest`, { method: "POST", body });
    return status === 200;
  }, "there is room for others");
  // If the server waits for it, the test kills the server, and there is no status.
  assert.equal(await own.stop(), 0);
});
