import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { edition } from "../../testing/edition.ts";
import { apps, command, inCI, python } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";
import { frontsOf, isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

/** A socket such as systemd gives a service to speak to it, and what has come there. */
async function manager(t: TestContext): Promise<{ address: string; told: string[] }> {
  const address = join(folderWith(), "notify");
  const script = `
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("open", flush=True)
while True:
    print(server.recv(4096).decode().replace("\\n", " "), flush=True)
`;
  const child = spawn(python, ["-c", script, address], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill());
  const told: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => told.push(line));
  await until(() => told.shift() === "open", "it listens");
  return { address, told };
}

test("systemd is told when it serves, reloads, serves again and stops, and that it lives", async (t) => {
  const { address, told } = await manager(t);
  const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: "1000000" };
  const { server, reload } = await edition(t, "edition", {}, { env });
  await until(() => told.includes("READY=1 STATUS=serving"), "it is ready");
  await until(() => told.filter((each) => each === "WATCHDOG=1").length >= 3, "it lives");
  told.length = 0;
  assert.equal((await reload()).code, 0);
  const changes = (): string[] => told.filter((each) => each !== "WATCHDOG=1");
  await until(() => changes().length === 2, "it has reloaded");
  assert.match(changes()[0] as string, /^RELOADING=1 MONOTONIC_USEC=\d+ STATUS=reloading$/);
  assert.equal(changes()[1], "READY=1 STATUS=serving");
  process.kill(server.front, "SIGSTOP");
  await sleep(2000);
  const before = told.length;
  await sleep(1500);
  assert.equal(told.length, before, "nothing is said for a front that does not answer");
  told.length = 0;
  process.kill(server.front, "SIGCONT");
  await until(() => told.includes("WATCHDOG=1"), "it lives again");
  assert.equal(await server.stop(), 0);
  assert.match(changes().join(), /STOPPING=1/);
});

test("systemd does not wait for ever for a reload whose front dies", async (t) => {
  const { address, told } = await manager(t);
  const { server, write } = await edition(t, "edition", {}, { env: { NOTIFY_SOCKET: address } });
  write("edition_now.py", "import time\nNUMBER = 22\ntime.sleep(2)\n");
  told.length = 0;
  process.kill(server.pid, "SIGHUP");
  await until(() => told.some((each) => each.startsWith("RELOADING=1")), "it reloads");
  process.kill(server.front, "SIGKILL");
  await until(() => told.at(-1) === "READY=1 STATUS=serving", "the reload is over", 15_000);
});

test("a stop is the last that systemd is told, also where a reload is under way", async (t) => {
  const { address, told } = await manager(t);
  const { server, write } = await edition(t, "edition", {}, { env: { NOTIFY_SOCKET: address } });
  write("edition_now.py", "import time\nNUMBER = 22\ntime.sleep(5)\n");
  process.kill(server.front, "SIGKILL");
  await server.logged(({ msg }) => msg?.includes("starting another") === true);
  process.kill(server.pid, "SIGHUP");
  await until(() => told.some((each) => each.startsWith("RELOADING=1")), "it reloads");
  assert.equal(await server.stop(), 0);
  await until(() => told.some((each) => each.startsWith("STOPPING=1")), "it stops");
  assert.match(told.at(-1) as string, /^STOPPING=1/);
});

test("one front of two that is silent is no reason for systemd to end the other", async (t) => {
  const { address, told } = await manager(t);
  const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: "1000000" };
  const server = await serve(t, "basic", { env, args: ["--fronts", "2", "--workers", "2"] });
  const { front } = server;
  process.kill(front, "SIGSTOP");
  try {
    await sleep(2000);
    told.length = 0;
    await until(() => told.filter((each) => each === "WATCHDOG=1").length >= 3, "it lives");
  } finally {
    process.kill(front, "SIGCONT");
  }
});

test("what systemd tells the service is not told to the application", async (t) => {
  const { address } = await manager(t);
  const server = await serve(t, "basic", {
    env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: "9000000" },
  });
  const app = folderWith({
    "env.py":
      "import json, os\ndef application(environ, start_response):\n    start_response('200 OK', [])\n    return [json.dumps(dict(os.environ)).encode()]\n",
  });
  const other = await serve(t, "env", {
    cwd: app,
    env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: "9000000" },
  });
  const seen = Object.keys((await (await fetch(other.url)).json()) as object);
  assert.deepEqual(
    seen.filter((name) => /NOTIFY|WATCHDOG|LISTEN|QUINTET_(FRONT|PARENT|WORKER)/.test(name)),
    [],
  );
  assert.equal((await fetch(server.url)).status, 200);
});

async function visit(to: number | string): Promise<void> {
  const client = await raw(to);
  client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await client.receives("200 OK", 10_000);
  client.destroy();
}

const activate = "systemd-socket-activate";
const without = spawnSync(activate, ["--version"]).error ? `${activate} is not installed` : false;
if (without && inCI) throw new Error(without);

test(
  "sockets that systemd has opened are served, and stay through the death of a front",
  { skip: without },
  async (t) => {
    const port = await freePort();
    const path = join(folderWith(), "shop.sock");
    const started = [
      process.execPath,
      command,
      "--python",
      python,
      "--workers",
      "1",
      "--log-format",
      "json",
      "basic",
    ];
    const child = spawn(activate, ["--listen", `127.0.0.1:${port}`, "--listen", path, ...started], {
      cwd: apps,
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.after(() => child.kill("SIGKILL"));
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    await until(() => output.includes("Listening on"), "systemd listens");
    await visit(port);
    const where = `listening on http://127.0.0.1:${port} and unix:${path}`;
    await until(() => output.includes(where), "it says where");
    const client = await raw(path);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.receives("200 OK");
    client.destroy();
    const [front] = frontsOf(child.pid as number);
    process.kill(front as number, "SIGKILL");
    await until(() => !isAlive(front as number), "the front has ended");
    await visit(port);
    const ended = new Promise((resolve) => child.on("close", resolve));
    child.kill("SIGTERM");
    assert.equal(await ended, 0, output);
  },
);
