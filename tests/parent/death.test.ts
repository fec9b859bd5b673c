import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { edition } from "../../testing/edition.ts";
import { descendants, frontsOf, isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { control, runCommand } from "../../testing/command.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { asUser, ofUser } from "../../testing/user.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** What becomes of a connection made now: its answer, or how it ended. */
async function visit(port: number): Promise<string> {
  const client = await raw(port);
  client.write(get);
  const { how, text } = await client.closed(60_000);
  return text.includes("200 OK") ? "answered" : how;
}

test("nobody is refused while another front takes the place of one that was killed", async (t) => {
  const server = await serve(t, "basic", { args: ["--workers", "2"] });
  const front = server.front;
  const below = descendants(front);
  const visits: Promise<string>[] = [];
  process.kill(front, "SIGKILL");
  const killedAt = performance.now();
  await until(() => !isAlive(front), "it has ended");
  // From here on a connection can only wait for the other one.
  while (visits.length < 50) {
    visits.push(visit(server.port));
    await sleep(10);
  }
  await visits[0];
  const waited = performance.now() - killedAt;
  assert.deepEqual(new Set(await Promise.all(visits)), new Set(["answered"]));
  assert.notEqual(server.front, front);
  assert.ok(waited < 3000, `it serves again after ${Math.round(waited)} ms`);
  await server.logged(
    ({ msg }) => msg === `front ${front} died (killed by SIGKILL), starting another`,
  );
  await until(() => !below.some(isAlive), "the workers of the old one have ended");
});

test("a front that is told to end finishes what it runs, and another takes its place", async (t) => {
  const server = await serve(t, "basic");
  const front = server.front;
  const slow = fetch(`${server.url}/sleep?1`);
  await sleep(300);
  process.kill(front, "SIGTERM");
  assert.equal((await slow).status, 200);
  await until(() => !isAlive(front), "it has ended");
  assert.equal((await fetch(server.url)).status, 200);
  await server.logged(({ msg }) => msg === `front ${front} has stopped`);
  const followed = `front ${front} has ended by itself, starting another`;
  await server.logged(({ level, msg }) => level === "warn" && msg === followed);
});

test("a front that is stopped is killed when it has been silent for long", async (t) => {
  const server = await serve(t, "basic");
  const front = server.front;
  process.kill(front, "SIGSTOP");
  const visited = visit(server.port);
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, new RegExp(`front ${front} silent`));
  await server.logged(({ msg }) => /silent for 3\d s: killed/.test(msg ?? ""), 45_000);
  // It was accepted by nobody: the one that is stopped does not accept.
  assert.equal(await visited, "answered");
});

test("a front that does not start again is tried at growing intervals, until it does", async (t) => {
  const { server, folder, says } = await edition(t);
  const module = join(folder, "edition_now.py");
  rmSync(module);
  const { front } = server;
  process.kill(front, "SIGKILL");
  await until(() => !isAlive(front), "it has ended");
  const waiting = says();
  await server.logged(
    ({ msg, detail }) =>
      /^front \d+ did not start .*edition.*the next one starts in 0\.5 s$/.test(msg ?? "") &&
      /ModuleNotFoundError: No module named 'edition_now'/.test(detail ?? ""),
  );
  await server.logged(({ msg }) => msg?.endsWith("the next one starts in 1 s") === true);
  writeFileSync(module, "NUMBER = 7\n");
  assert.equal(await waiting, "7 none");
});

test("a front that the system has no process for is started when it has one", async (t) => {
  // Of root's processes there may be any number.
  const server = await serve(t, "basic", ofUser);
  const limit = (processes: number): void => {
    const limited = ["prlimit", "--pid", String(server.pid), `--nproc=${processes}:`];
    const [program, ...more] = [...asUser, ...limited];
    const { status, stderr } = spawnSync(program as string, more, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  limit(1);
  process.kill(server.front, "SIGKILL");
  await server.logged(({ msg }) => /no other process.*the next one starts in/.test(msg ?? ""));
  const waiting = visit(server.port);
  limit(1000);
  assert.equal(await waiting, "answered");
  assert.equal(await server.stop(), 0);
});

test("a front that dies again and again because of what it serves is mended by a reload", async (t) => {
  const config = (edition: string): string => `export default { env: ["EDITION=${edition}"] };\n`;
  const { server, write, reload, says } = await edition(t, "edition", {
    "quintet.config.ts": config("bad"),
  });
  write("edition_now.py", "import os\nNUMBER = 1 if os.environ['EDITION'] == 'good' else 1 / 0\n");
  process.kill(server.front, "SIGKILL");
  const backingOff = /the next one starts in [1-9]/;
  await server.logged(({ msg }) => backingOff.test(msg ?? ""));
  const bad = await reload();
  assert.equal(bad.code, 3);
  assert.match(bad.stderr, /ZeroDivisionError/);
  write("quintet.config.ts", config("good"));
  const { code, stdout, stderr } = await reload();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^generation 2 of edition in \S+ serves/);
  assert.equal(await says(), "1 good");
});

test("a reload with a log that cannot be opened does not keep a front from being started again", async (t) => {
  const { server, write, reload, says } = await edition(t, "edition", {
    "quintet.config.ts": "export default {};\n",
  });
  write("edition_now.py", "NUMBER = 2222\n");
  write("quintet.config.ts", 'export default { logFile: "/nowhere/quintet.log" };\n');
  assert.equal((await reload()).code, 0);
  const { front } = server;
  process.kill(front, "SIGKILL");
  await until(() => !isAlive(front), "it has ended");
  assert.equal(await says(), "2222 none");
});

test("a reload that comes while a front is started again is not lost", async (t) => {
  const config = (edition: string): string => `export default { env: ["EDITION=${edition}"] };\n`;
  const files = { "quintet.config.ts": config("old") };
  const { server, write, says } = await edition(t, "edition", files);
  const { front } = server;
  write("quintet.config.ts", config("new"));
  process.kill(front, "SIGKILL");
  await until(() => !isAlive(front), "it has ended");
  await until(() => frontsOf(server.pid).length === 1, "another one is there");
  process.kill(server.pid, "SIGHUP");
  await server.logged(({ msg }) => /^upgraded|^generation 2/.test(msg ?? ""));
  assert.equal(await says(), "1 new");
});

test("what a front was told last counts for the one after it: the number of workers, and its settings", async (t) => {
  const { server, write } = await edition(t, "edition", {
    "quintet.config.ts": 'export default { env: ["EDITION=first"] };\n',
  });
  const scaled = await runCommand(["scale", "3", "--pid", String(server.pid)]);
  assert.equal(scaled.code, 0, scaled.stderr);
  await until(() => server.workers().length === 3, "there are three workers");
  write("quintet.config.ts", "this is no TypeScript");
  const front = server.front;
  process.kill(front, "SIGKILL");
  await until(() => !isAlive(front), "it has ended");
  assert.equal(await (await fetch(server.url)).text(), "1 first");
  await until(() => server.workers().length === 3, "there are three workers again");
});

test("the parent survives its own commands' nonsense", async (t) => {
  const server = await serve(t, "basic");
  const socket = join(control, `${server.pid}.sock`);
  for (const nonsense of ["no JSON\n", '{"do":"dance"}\n', '{"do":"scale"}\n', "[]\n", "half"]) {
    const client = await raw(socket);
    client.write(nonsense);
    await sleep(50);
    client.destroy();
  }
  assert.equal((await fetch(server.url)).status, 200);
  assert.match((await runCommand(["status"])).stdout, new RegExp(`^${server.pid} basic`, "m"));
  assert.equal(frontsOf(server.pid).length, 1);
});

test("a reload while a front that was told to end finishes something is done by other ones", async (t) => {
  const { server, says, write, reload } = await edition(t);
  const slow = await fetch(`${server.url}/stream?30,0.1`);
  process.kill(server.front, "SIGTERM");
  await server.logged(({ msg }) => msg === "SIGTERM: finishing 1 running request, then stopping");
  write("edition_now.py", "NUMBER = 2222\n");
  const { code, stderr } = await reload();
  assert.equal(code, 0, stderr);
  assert.equal(await says(), "2222 none");
  assert.equal(await slow.text(), "1 ".repeat(30));
});

test("a wsgi.ts that is being loaded ends with the front that loads it", async (t) => {
  const wsgi = `
import { getPythonApplication } from "quintet/python";
export const application = getPythonApplication("edition:application");
`;
  const { server, folder, write, reload } = await edition(t, "wsgi.ts", { "wsgi.ts": wsgi });
  const pidFile = join(folder, "pid");
  const loaded = (): number => Number(existsSync(pidFile) && readFileSync(pidFile, "utf8"));
  const busy = `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(pidFile)}, String(process.pid));\nfor (;;) {}\n`;
  write("wsgi.ts", busy);
  const reloading = reload();
  await until(() => loaded() > 0, "it is being loaded");
  const pid = loaded();
  write("wsgi.ts", wsgi);
  process.kill(server.front, "SIGKILL");
  assert.equal((await reloading).code, 0);
  try {
    await until(() => !isAlive(pid), "it has ended");
  } finally {
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  }
});
