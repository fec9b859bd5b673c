import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { editionFolder } from "../../testing/edition.ts";
import { processesIn } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";
import { start } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";
import { python } from "../../testing/paths.ts";

const curl = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)("curl", ["--silent", "--show-error", "--max-time", "10", ...args]))
    .stdout;
const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some((each) => each.address === "::1"),
);
const bind = (...addresses: string[]): string[] => addresses.flatMap((each) => ["--bind", each]);

test("several addresses at once: host:port, a bare port, [::1]:port and a unix socket", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const [port, bare, six] = [await freePort(), await freePort(), await freePort()];
  const addresses = [`localhost:${port}`, `${bare}`, `unix:${path}`];
  if (hasIPv6) addresses.push(`[::1]:${six}`);
  const server = await serve(t, "basic", { args: bind(...addresses) });
  for (const url of [server.url, `http://localhost:${port}`, `http://127.0.0.1:${bare}`]) {
    assert.equal(await curl(`${url}/hello`), "Hello, world!\n");
  }
  assert.equal(await curl("--unix-socket", path, "http://shop.example/hello"), "Hello, world!\n");
  const environ = JSON.parse(await curl("--unix-socket", path, "http://shop.example/environ"));
  assert.equal(environ.HTTP_HOST, "shop.example");
  assert.equal(environ.SERVER_NAME, "localhost");
  assert.equal(environ.REMOTE_ADDR, "");
  const listening = server.log().find((line) => line.msg?.startsWith("listening on"))?.msg ?? "";
  assert.match(
    listening,
    new RegExp(`http://localhost:${port} and http://127.0.0.1:${bare} and unix:${path}`),
  );
  if (hasIPv6) {
    assert.match(listening, new RegExp(`http://\\[::1\\]:${six}`));
    const there = JSON.parse(await curl(`http://[::1]:${six}/environ`));
    assert.equal(there.SERVER_NAME, "::1");
    assert.equal(there.REMOTE_ADDR, "::1");
  }
});

test(":port listens on all interfaces", async (t) => {
  const port = await freePort();
  const server = await serve(t, "basic", { args: bind(`:${port}`) });
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const address =
    others.find((each) => each.family === "IPv4" && !each.internal)?.address ?? "127.0.0.1";
  assert.equal(await curl(`http://${address}:${port}/hello`), "Hello, world!\n");
  assert.ok(server.output().includes(`http://0.0.0.0:${port}`));
});

test(
  "an IPv4 client of [::] is shown with its IPv4 address, and so is the server",
  { skip: !hasIPv6 },
  async (t) => {
    const port = await freePort();
    const server = await serve(t, "basic", { args: bind(`[::]:${port}`) });
    const environ = JSON.parse(await curl(`http://127.0.0.1:${port}/environ`));
    assert.equal(environ.REMOTE_ADDR, "127.0.0.1");
    assert.equal(environ.SERVER_NAME, "127.0.0.1");
    await server.logged((line) => line.access?.client === "127.0.0.1");
  },
);

test("a socket file goes with its server, and everybody may connect to it", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const server = await serve(t, "basic", { args: bind(`unix:${path}`) });
  assert.equal(lstatSync(path).mode & 0o777, 0o666);
  await server.stop();
  assert.ok(!existsSync(path));
});

test("a server that still finishes something leaves alone the socket file of the next one", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const args = ["--workers", "1", ...bind(`unix:${path}`)];
  const before = await start("edition", { cwd: editionFolder(), args });
  // Its client leaves: an open connection would keep the number of the file from being used again.
  const client = await raw(path);
  client.write("GET /sleep?8 HTTP/1.1\r\nHost: a\r\n\r\n");
  await sleep(300);
  client.destroy();
  before.child.kill("SIGTERM");
  await until(() => !existsSync(path), "it takes nothing new");
  await sleep(100);
  await serve(t, "basic", { args });
  assert.equal(before.child.exitCode, null, "it still runs something");
  assert.equal(await before.ended, 0);
  assert.equal(await curl("--unix-socket", path, "http://localhost/hello"), "Hello, world!\n");
});

test("the socket file of a killed server is taken over", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const killed = await start("basic", { args: ["--workers", "1", ...bind(`unix:${path}`)] });
  killed.child.kill("SIGKILL");
  await killed.ended;
  assert.ok(existsSync(path));
  await serve(t, "basic", { args: bind(`unix:${path}`) });
  assert.equal(await curl("--unix-socket", path, "http://localhost/hello"), "Hello, world!\n");
});

/** Run until it gives up; whatever Python it had begun to start is gone then. */
async function refused(...addresses: string[]): Promise<string> {
  const cwd = folderWith({ "app.py": "def application(environ, start_response): pass" });
  const result = await runCommand(["--python", python, ...bind(...addresses), "app"], { cwd });
  assert.equal(result.code, 3, result.stderr);
  assert.deepEqual(processesIn(cwd), []);
  return result.stderr;
}

test("a socket that another server listens on is left alone", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  await serve(t, "basic", { args: bind(`unix:${path}`) });
  const message = await refused(`unix:${path}`);
  assert.match(
    message,
    /QUINTET_BIND: Cannot listen on .*quintet\.sock: something else listens there/,
  );
  assert.equal(await curl("--unix-socket", path, "http://localhost/hello"), "Hello, world!\n");
});

test("a file that is no socket is never removed", async () => {
  const folder = folderWith({ "notes.txt": "precious" });
  const link = join(folder, "link");
  symlinkSync(join(folder, "notes.txt"), link);
  for (const path of [join(folder, "notes.txt"), link]) {
    assert.match(
      await refused(`unix:${path}`),
      /QUINTET_BIND: .*a file that is no socket is there/,
    );
  }
  assert.equal(readFileSync(join(folder, "notes.txt"), "utf8"), "precious");
  assert.ok(lstatSync(link).isSymbolicLink());
});

test("an address in use is refused, and no Python is left", async (t) => {
  const other = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  t.after(() => other.close());
  const message = await refused(`127.0.0.1:${port}`);
  assert.match(
    message,
    new RegExp(`QUINTET_BIND: Cannot listen on 127.0.0.1:${port}: something else listens there`),
  );
  assert.match(message, /ss -ltnp/);
});

test("where one of several addresses cannot be had, none is kept", async (t) => {
  const other = createServer();
  const [good, taken] = [await freePort(), await freePort()];
  await new Promise<void>((resolve) => other.listen(taken, "127.0.0.1", resolve));
  t.after(() => other.close());
  assert.match(await refused(`127.0.0.1:${good}`, `127.0.0.1:${taken}`), /QUINTET_BIND/);
  const socket = connect(good, "127.0.0.1");
  await new Promise((resolve) => socket.on("error", resolve));
});

test("an address that this machine does not have is named", async () => {
  assert.match(
    await refused("192.0.2.1:8000"),
    /192\.0\.2\.1:8000: this machine has no such address/,
  );
  const path = join(folderWith(), "nowhere", "q.sock");
  assert.match(await refused(`unix:${path}`), /there is no such folder/);
  const long = join(folderWith(), `${"x".repeat(120)}.sock`);
  assert.match(await refused(`unix:${long}`), /QUINTET_BIND: .*too long/);
});

test("what is no address is refused, and told what one is", async () => {
  for (const text of ["nonsense", "host:", "host:99999", "::1:8000", "[::1]8000", "unix:", ""]) {
    const result = await runCommand(["--bind", text, "basic"]);
    assert.notEqual(result.code, 0);
    assert.match(result.stderr, /QUINTET_SETTING: --bind: /, text);
    assert.ok(result.stderr.includes(JSON.stringify(text)), result.stderr);
    assert.match(result.stderr, /host:port, \[ipv6\]:port, :port .* unix:\/path/);
  }
});

test("a client on a unix socket is seen to leave", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const server = await serve(t, "basic", { args: bind(`unix:${path}`) });
  const connection = await raw(path);
  connection.write("GET /sleep?1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await new Promise((resolve) => setTimeout(resolve, 200));
  connection.destroy();
  await until(() => server.log().some((line) => line.access?.status === 499), "a line with 499");
});
