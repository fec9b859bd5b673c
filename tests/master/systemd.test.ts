import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { edition } from "../../testing/edition.ts";
import { barrier } from "../../testing/barrier.ts";
import { apps, command, inCI, python } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";
import { frontsOf, isAlive } from "../../testing/processes.ts";
import { statusOf } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

/** A socket such as systemd gives a service to speak to it, and what has come there. */
interface Manager {
  address: string;
  told: string[];
  /** Without the signs of life, which come at any time. */
  changes(): string[];
  /** Wait until everything is there that has been told before. */
  allTold(): Promise<void>;
}

async function manager(t: TestContext): Promise<Manager> {
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
  const mark =
    "import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'mark', sys.argv[1])";
  return {
    address,
    told,
    changes: () => told.filter((each) => each !== "WATCHDOG=1"),
    async allTold() {
      execFileSync(python, ["-c", mark, address]);
      await until(() => told.includes("mark"), "what was told has come");
      told.splice(told.indexOf("mark"), 1);
    },
  };
}

/** Wait until a front that is stopped has not answered for as long as the server waits for its status. */
async function untilSilent(server: { pid: number }, front: number): Promise<void> {
  await until(async () => {
    const fronts = (await statusOf(server))?.fronts ?? [];
    return fronts.some(({ pid, state }) => pid === front && state === "silent");
  }, `front ${front} is silent`);
}

test("systemd is notified of start, reload, end of the reload and stop, and gets watchdog messages", async (t) => {
  const { address, told, changes, allTold } = await manager(t);
  const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: "1000000" };
  const { server, reload } = await edition(t, "edition", {}, { env });
  await until(() => told.includes("READY=1 STATUS=serving"), "it is ready");
  await until(() => told.filter((each) => each === "WATCHDOG=1").length >= 3, "it lives");
  told.length = 0;
  assert.equal((await reload()).code, 0);
  await until(() => changes().length === 2, "it has reloaded");
  assert.match(changes()[0] as string, /^RELOADING=1 MONOTONIC_USEC=\d+ STATUS=reloading$/);
  assert.equal(changes()[1], "READY=1 STATUS=serving");
  const { front } = server;
  process.kill(front, "SIGSTOP");
  // That takes two seconds of the server's own time, eight looks at its fronts.
  await untilSilent(server, front);
  await allTold();
  told.length = 0;
  await untilSilent(server, front);
  await allTold();
  assert.equal(told.join(), "", "nothing is said for a front that does not answer");
  process.kill(front, "SIGCONT");
  await until(() => told.includes("WATCHDOG=1"), "it lives again");
  assert.equal(await server.stop(), 0);
  await allTold();
  assert.match(changes().join(), /STOPPING=1/);
});

test("systemd does not wait forever for a reload whose front dies", async (t) => {
  const { address, told, changes } = await manager(t);
  const { server, write } = await edition(t, "edition", {}, { env: { NOTIFY_SOCKET: address } });
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 22\n`);
  told.length = 0;
  process.kill(server.pid, "SIGHUP");
  await until(() => told.some((each) => each.startsWith("RELOADING=1")), "it reloads");
  await held.untilReached();
  process.kill(server.front, "SIGKILL");
  held.open();
  await until(() => changes().at(-1) === "READY=1 STATUS=serving", "the reload is over");
});

test("a stop is the last message to systemd, even if a reload is under way", async (t) => {
  const { address, told, changes, allTold } = await manager(t);
  const { server, write } = await edition(t, "edition", {}, { env: { NOTIFY_SOCKET: address } });
  write("edition_now.py", barrier().python);
  process.kill(server.front, "SIGKILL");
  await server.logged(({ msg }) => msg?.includes("starting another") === true);
  process.kill(server.pid, "SIGHUP");
  await until(() => told.some((each) => each.startsWith("RELOADING=1")), "it reloads");
  assert.equal(await server.stop(), 0);
  await allTold();
  assert.match(changes().at(-1) as string, /^STOPPING=1/);
});

test("if one of two fronts is silent, systemd does not end the other", async (t) => {
  const { address, told, allTold } = await manager(t);
  const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: "1000000" };
  const server = await serve(t, "basic", { env, args: ["--fronts", "2", "--workers", "2"] });
  const { front } = server;
  process.kill(front, "SIGSTOP");
  try {
    await untilSilent(server, front);
    await allTold();
    told.length = 0;
    await until(() => told.filter((each) => each === "WATCHDOG=1").length >= 3, "it lives");
  } finally {
    process.kill(front, "SIGCONT");
  }
});

test("systemd's variables for the service do not reach the application", async (t) => {
  const { address } = await manager(t);
  const app = folderWith({
    "env.py":
      "import json, os\ndef application(environ, start_response):\n    start_response('200 OK', [])\n    return [json.dumps(dict(os.environ)).encode()]\n",
  });
  const server = await serve(t, "env", {
    cwd: app,
    env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: "9000000" },
  });
  const seen = Object.keys((await (await fetch(server.url)).json()) as object);
  assert.deepEqual(
    seen.filter((name) => /NOTIFY|WATCHDOG|LISTEN|QUINTET_(FRONT|MASTER|WORKER)/.test(name)),
    [],
  );
});

async function visit(to: number | string): Promise<void> {
  const client = await raw(to);
  client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await client.receives("200 OK");
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
