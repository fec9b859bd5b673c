import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { processesIn } from "../../../testing/processes.ts";
import { serve } from "../../../testing/serve.ts";
import { runCommand } from "../../../testing/command.ts";
import { freePort } from "../../../testing/ports.ts";
import { type Running, start } from "../../../testing/server.ts";
import { steps } from "../../../testing/steps.ts";
import { PATIENCE, until } from "../../../testing/wait.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";
import { inCI, python } from "../../../testing/paths.ts";

const curl = async (...args: string[]): Promise<string> =>
  (
    await promisify(execFile)("curl", [
      "--silent",
      "--show-error",
      "--max-time",
      String(PATIENCE / 1000),
      ...args,
    ])
  ).stdout;
const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some((each) => each.address === "::1"),
);
/** Why the IPv6 tests are skipped; false if they are not, as in CI. */
const noIPv6: false | string = hasIPv6 ? false : "this machine has no address ::1";
if (noIPv6 && inCI) throw new Error(`${noIPv6}: sysctl net.ipv6.conf.lo.disable_ipv6=0`);
const bind = (...addresses: string[]): string[] => addresses.flatMap((each) => ["--bind", each]);

/** A server that listens on an address of each kind. */
let server: Running;
const path = join(folderWith(), "quintet.sock");
const [port, bare, open, six, both] = (await Promise.all(Array.from({ length: 5 }, freePort))) as [
  number,
  number,
  number,
  number,
  number,
];
before(async () => {
  const addresses = [`localhost:${port}`, `${bare}`, `unix:${path}`, `:${open}`];
  if (hasIPv6) addresses.push(`[::1]:${six}`, `[::]:${both}`);
  server = await start("basic", { args: ["--workers", "1", ...bind(...addresses)] });
});
after(async () => {
  await server.stop();
});
/** Where it says that it listens, by its log. */
const listening = (): string =>
  server.log().find((line) => line.msg?.startsWith("listening on"))?.msg ?? "";

test("several addresses at once: host:port, a bare port and a unix socket", async () => {
  for (const url of [server.url, `http://localhost:${port}`, `http://127.0.0.1:${bare}`]) {
    assert.equal(await curl(`${url}/hello`), "Hello, world!\n");
  }
  assert.equal(await curl("--unix-socket", path, "http://shop.example/hello"), "Hello, world!\n");
  const environ = JSON.parse(await curl("--unix-socket", path, "http://shop.example/environ"));
  assert.equal(environ.HTTP_HOST, "shop.example");
  assert.equal(environ.SERVER_NAME, "localhost");
  assert.equal(environ.REMOTE_ADDR, "");
  assert.match(
    listening(),
    new RegExp(`http://localhost:${port} and http://127.0.0.1:${bare} and unix:${path}`),
  );
});

test("[::1]:port listens there", { skip: noIPv6 }, async () => {
  assert.match(listening(), new RegExp(`http://\\[::1\\]:${six}`));
  const there = JSON.parse(await curl(`http://[::1]:${six}/environ`));
  assert.equal(there.SERVER_NAME, "::1");
  assert.equal(there.REMOTE_ADDR, "::1");
});

test(":port listens on all interfaces", async () => {
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const address =
    others.find((each) => each.family === "IPv4" && !each.internal)?.address ?? "127.0.0.1";
  assert.equal(await curl(`http://${address}:${open}/hello`), "Hello, world!\n");
  assert.ok(server.output().includes(`http://0.0.0.0:${open}`));
});

test(
  "an IPv4 client of [::] is shown with its IPv4 address, and so is the server",
  { skip: noIPv6 },
  async () => {
    const query = "/environ?from-[::]";
    const environ = JSON.parse(await curl("--globoff", `http://127.0.0.1:${both}${query}`));
    assert.equal(environ.REMOTE_ADDR, "127.0.0.1");
    assert.equal(environ.SERVER_NAME, "127.0.0.1");
    const { access } = await server.logged((line) => line.access?.path === query);
    assert.equal(access?.client, "127.0.0.1");
  },
);

test("a socket that another server listens on is left alone", async () => {
  const message = await refused(`unix:${path}`);
  assert.match(
    message,
    /QUINTET_BIND: Cannot listen on .*quintet\.sock: another process listens there/,
  );
  assert.equal(await curl("--unix-socket", path, "http://localhost/hello"), "Hello, world!\n");
});

test("a socket file is removed with its server, and everybody may connect to it", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const server = await serve(t, "basic", { args: bind(`unix:${path}`) });
  assert.equal(lstatSync(path).mode & 0o777, 0o666);
  await server.stop();
  assert.ok(!existsSync(path));
});

test("a server that still finishes something leaves alone the socket file of the next one", async (t) => {
  const { cwd, go } = steps({ file: "" });
  const path = join(cwd, "quintet.sock");
  const args = ["--workers", "1", ...bind(`unix:${path}`)];
  const before = await start("steps", { cwd, args });
  // Its client leaves, because an open connection would keep the descriptor from being used again.
  const client = await raw(path);
  client.write("GET /file?file HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(() => existsSync(join(cwd, "begun")), "it runs");
  // A client that closes its side right after its request still waits for the response.
  await sleep(200);
  client.destroy();
  await before.logged((line) => line.access?.status === 499);
  before.child.kill("SIGTERM");
  await until(() => !existsSync(path), "it takes nothing new");
  const known = (): boolean => readFileSync("/proc/net/unix", "utf8").includes(path);
  await until(() => !known(), "its socket is closed");
  await serve(t, "basic", { args });
  assert.equal(before.child.exitCode, null, "it still runs something");
  go("go");
  assert.equal(await before.ended, 0);
  assert.equal(await curl("--unix-socket", path, "http://localhost/hello"), "Hello, world!\n");
});

test("the socket file of a killed server is replaced", async (t) => {
  const path = join(folderWith(), "quintet.sock");
  const killed = await start("basic", { args: ["--workers", "1", ...bind(`unix:${path}`)] });
  killed.child.kill("SIGKILL");
  await killed.ended;
  assert.ok(existsSync(path));
  await serve(t, "basic", { args: bind(`unix:${path}`) });
  assert.equal(await curl("--unix-socket", path, "http://localhost/hello"), "Hello, world!\n");
});

/** Runs until it gives up. Every Python process that it has started is gone then. */
async function refused(...addresses: string[]): Promise<string> {
  const cwd = folderWith({ "app.py": "def application(environ, start_response): pass" });
  const result = await runCommand(["--python", python, ...bind(...addresses), "app"], { cwd });
  assert.equal(result.code, 3, result.stderr);
  assert.deepEqual(processesIn(cwd), []);
  return result.stderr;
}

test("a file that is not a socket is never removed", async () => {
  const folder = folderWith({ "notes.txt": "precious" });
  const link = join(folder, "link");
  symlinkSync(join(folder, "notes.txt"), link);
  for (const path of [join(folder, "notes.txt"), link]) {
    assert.match(
      await refused(`unix:${path}`),
      /QUINTET_BIND: .*a file that is not a socket is already there/,
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
    new RegExp(`QUINTET_BIND: Cannot listen on 127.0.0.1:${port}: another process listens there`),
  );
  assert.match(message, /ss -ltnp/);
});

test("if one of several addresses is not available, none is kept", async (t) => {
  const other = createServer();
  const [good, taken] = [await freePort(), await freePort()];
  await new Promise<void>((resolve) => other.listen(taken, "127.0.0.1", resolve));
  t.after(() => other.close());
  assert.match(await refused(`127.0.0.1:${good}`, `127.0.0.1:${taken}`), /QUINTET_BIND/);
  const socket = connect(good, "127.0.0.1");
  await new Promise((resolve) => socket.on("error", resolve));
});

test("an address that this machine does not have is reported by name", async () => {
  assert.match(
    await refused("192.0.2.1:8000"),
    /192\.0\.2\.1:8000: this machine has no such address/,
  );
  const path = join(folderWith(), "nowhere", "q.sock");
  assert.match(await refused(`unix:${path}`), /the folder does not exist/);
  const long = join(folderWith(), `${"x".repeat(120)}.sock`);
  assert.match(await refused(`unix:${long}`), /QUINTET_BIND: .*too long/);
});

test("an invalid address is refused, and the error shows the valid forms", async () => {
  const texts = ["nonsense", "host:", "host:99999", "::1:8000", "[::1]8000", "unix:", ""];
  const refusals = texts.map(async (text) => {
    const result = await runCommand(["--bind", text, "basic"]);
    assert.notEqual(result.code, 0);
    assert.match(result.stderr, /QUINTET_SETTING: --bind: /, text);
    assert.ok(result.stderr.includes(JSON.stringify(text)), result.stderr);
    assert.match(result.stderr, /host:port, \[ipv6\]:port, :port .* unix:\/path/);
  });
  await Promise.all(refusals);
});
