import assert from "node:assert/strict";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "undici";
import type { ServerStatus } from "../../src/status.ts";
import { edition } from "../../testing/edition.ts";
import { parseResponses } from "../../testing/http.ts";
import { installed } from "../../testing/installed.ts";
import { apps } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { frontsOf, isAlive, pythonChildren } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

const hasWorkers = (front: number): boolean => pythonChildren(front).length > 0;
const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test("an upgrade under load loses nothing, and the version now on disk serves", async (t) => {
  const copy = installed();
  const { server, write } = await edition(
    t,
    "edition",
    {},
    {
      command: copy.command,
      args: ["--workers", "2", "--keep-alive", "5"],
    },
  );
  const { pid } = server;
  const failures: string[] = [];
  let answered = 0;
  const over = new AbortController();
  const client = async (path: string, agent: Agent): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        const { statusCode, body } = await agent.request({
          origin: server.url,
          path,
          method: "GET",
        });
        const text = await body.text();
        if (statusCode !== 200) failures.push(`${statusCode} ${text}`);
        answered += 1;
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const keepAlive = new Agent({ connections: 16, pipelining: 1 });
  const fresh = new Agent({ connections: 4, pipelining: 0 });
  const clients = [
    ...Array.from({ length: 8 }, () => client("/", keepAlive)),
    ...Array.from({ length: 2 }, () => client("/sleep?0.02", keepAlive)),
    ...Array.from({ length: 2 }, () => client("/stream?5,0.01", keepAlive)),
    ...Array.from({ length: 2 }, () => client("/", fresh)),
  ];
  for (const version of ["9.0.1", "9.0.2", "9.0.3"]) {
    copy.becomes(version);
    write("edition_now.py", `NUMBER = ${version.length}${version.at(-1)}\n`);
    const front = server.front;
    const { code, stdout, stderr } = await runCommand(["upgrade", "--pid", String(pid)]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^version ${version}\\S* serves edition in \\S+, after \\d`));
    await until(() => !isAlive(front), "the front of before has ended", 15_000);
    await sleep(100);
  }
  over.abort();
  await Promise.all(clients);
  await Promise.all([keepAlive.close(), fresh.close()]);
  assert.deepEqual(failures, []);
  assert.ok(answered > 300, `${answered} answers`);
  assert.equal(server.pid, pid, "it is the process that was started");
  assert.equal(frontsOf(pid).length, 1);
  assert.equal(await (await fetch(server.url)).text(), "53 none");
});

test("what waits for workers that were sent away is served once there is an upgrade", async (t) => {
  const { server } = await edition(t, "edition", {}, { ownGroup: true });
  process.kill(server.pid, "SIGWINCH");
  await server.logged(({ msg }) => msg === "from 1 to 0 workers: SIGWINCH");
  const client = await raw(server.port);
  client.write(get);
  let queued = 0;
  while (queued === 0) {
    const { stdout } = await runCommand(["status", "--json", "--pid", String(server.pid)]);
    queued = (JSON.parse(stdout) as ServerStatus[])[0]?.fronts[0]?.pools[0]?.waiting ?? 0;
  }
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  await client.receives("200 OK");
  client.destroy();
});

test("an open connection is served to its end by the front of before, which says that it closes", async (t) => {
  const { server, write } = await edition(t, "edition", {}, { args: ["--keep-alive", "20"] });
  const front = server.front;
  const idle = await raw(server.port);
  idle.write(get);
  await idle.receives("1 none");
  const stream = await raw(server.port);
  stream.write("GET /stream?20,0.1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await stream.receives("1 ");
  write("edition_now.py", "NUMBER = 2222\n");
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  assert.equal(await (await fetch(server.url)).text(), "2222 none");
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, new RegExp(`front ${front} draining, .*2 connections`));
  await sleep(300);
  idle.write(get);
  const { how, text } = await idle.closed();
  const [, second] = parseResponses(text);
  assert.equal(how, "end");
  assert.equal(second?.body, "1 none");
  assert.equal(second?.headers.connection, "close");
  await stream.receives((all) => parseResponses(all).length === 1);
  assert.equal(parseResponses(stream.received())[0]?.body, "1 ".repeat(20));
  stream.destroy();
  await until(() => !isAlive(front), "it has ended when its last client had left");
});

test("pipelined requests that have come are answered by the front of before, the last with Connection: close", async (t) => {
  const { server } = await edition(t);
  const client = await raw(server.port);
  client.write("GET /sleep?1.5 HTTP/1.1\r\nHost: a\r\n\r\n" + get + get);
  await sleep(300);
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  const { how, text } = await client.closed();
  assert.equal(how, "end");
  const closes = parseResponses(text).map(({ headers }) => headers.connection);
  assert.deepEqual(closes, ["keep-alive", "keep-alive", "close"]);
});

test("a reload during an upgrade is done after it, for the new front may have read what was there before", async (t) => {
  const { server, write, reload } = await edition(t);
  write("edition_now.py", "import time\nNUMBER = 22\ntime.sleep(2)\n");
  const upgrade = runCommand(["upgrade", "--pid", String(server.pid)]);
  await server.logged((line) => line.msg?.startsWith("quintet upgrade: starting") === true);
  await sleep(1000);
  write("edition_now.py", "NUMBER = 3\n");
  assert.match((await reload()).stdout, /^generation 3 /);
  assert.equal((await upgrade).code, 0);
  assert.equal(await (await fetch(server.url)).text(), "3 none");
});

test("SIGHUP during the start of another front is not forgotten", async (t) => {
  const { server, write } = await edition(t);
  write("edition_now.py", "import time\nNUMBER = 22\ntime.sleep(2)\n");
  process.kill(server.front, "SIGKILL");
  await server.logged((line) => line.msg?.includes("starting another") === true);
  process.kill(server.pid, "SIGHUP");
  await sleep(1500);
  write("edition_now.py", "NUMBER = 3\n");
  process.kill(server.pid, "SIGHUP");
  await server.logged((line) => line.msg?.startsWith("generation 3 serves") === true);
  assert.equal(await (await fetch(server.url)).text(), "3 none");
});

test("a number of workers that is asked for during an upgrade counts after it as well", async (t) => {
  const { server, write } = await edition(t);
  write("edition_now.py", "import time\nNUMBER = 22\ntime.sleep(1.5)\n");
  const upgrade = runCommand(["upgrade", "--pid", String(server.pid)]);
  await until(() => frontsOf(server.pid).length === 2, "the new front boots");
  const { front } = server;
  assert.equal((await runCommand(["scale", "3", "--pid", String(server.pid)])).code, 0);
  await until(() => pythonChildren(front).length === 3, "those that serve are three at once");
  assert.equal((await upgrade).code, 0);
  await until(() => !isAlive(front), "the front of before has ended", 15_000);
  await until(() => server.workers().length === 3, "and so are those of the new front");
});

test("a file, too, is the last that the front of before sends on a connection", async (t) => {
  const server = await serve(t, "wsgi.ts", { cwd: join(apps, "shop") });
  const { front } = server;
  const client = await raw(server.port);
  const file = "GET /static/shop.css HTTP/1.1\r\nHost: a\r\n\r\n";
  client.write(file);
  await client.receives((text) => parseResponses(text).length === 1);
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  client.write(file);
  const [, second] = parseResponses((await client.closed()).text);
  assert.equal(second?.status, 200);
  assert.equal(second?.headers.connection, "close");
  await until(() => !isAlive(front), "the front of before has ended");
});

test("the path of a unix socket stays, and so does the socket", async (t) => {
  const path = join(folderWith(), "shop.sock");
  const { server } = await edition(
    t,
    "edition",
    {},
    { args: ["--bind", `unix:${path}`, "--keep-alive", "1"] },
  );
  const { ino } = lstatSync(path);
  const front = server.front;
  process.kill(server.pid, "SIGUSR2");
  await until(() => !isAlive(front), "the front of before has ended", 15_000);
  assert.equal(lstatSync(path).ino, ino);
  const client = await raw(path);
  client.write(get);
  await client.receives("1 none");
  client.destroy();
  assert.equal(await server.stop(), 0);
  assert.equal(lstatSync(path, { throwIfNoEntry: false }), undefined);
});

test("the parent's lines go where those of the new front go", async (t) => {
  const config = (file: string): string => `export default { logFile: ${JSON.stringify(file)} };\n`;
  const files = { "quintet.config.ts": config("one.log") };
  const { server, folder, write } = await edition(t, "edition", files, { silent: true });
  const lines = (file: string): string => readFileSync(join(folder, file), "utf8");
  await until(
    () => existsSync(join(folder, "one.log")) && lines("one.log").includes("listening on"),
    "it serves",
  );
  write("quintet.config.ts", config("two.log"));
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  await until(() => /front \d+ has stopped/.test(lines("one.log")), "the front of before ends");
  assert.equal(await server.stop(), 0);
  assert.match(lines("one.log"), /"upgraded: /);
  assert.doesNotMatch(lines("one.log"), /"stopped"/);
  assert.match(lines("two.log"), /SIGTERM: finishing 0 running requests[^]*"stopped"/);
});

test("a version that does not start changes nothing, and quintet upgrade says why", async (t) => {
  const copy = installed();
  const { server, write } = await edition(t, "edition", {}, { command: copy.command });
  const { front } = server;
  const upgrade = () => runCommand(["upgrade", "--pid", String(server.pid)]);
  // No connection may have come to the one that did not start.
  const over = new AbortController();
  const visitor = (async () => {
    const said = new Set<string>();
    while (!over.signal.aborted) {
      const answer = fetch(server.url, { headers: { Connection: "close" } });
      said.add(await answer.then((response) => response.text(), String));
    }
    return [...said];
  })();
  write("edition_now.py", "import nowhere\n");
  const broken = await upgrade();
  assert.equal(broken.code, 3);
  assert.match(broken.stderr, /QUINTET_MODULE_FAILED[^]*No module named 'nowhere'/);
  await server.logged(
    ({ level, msg }) =>
      level === "error" && /^nothing was changed: .*does not import/.test(msg ?? ""),
  );
  copy.change(
    "src/cli/main.ts",
    "export async function main",
    "throw 1; export async function main",
  );
  const unwell = await upgrade();
  assert.equal(unwell.code, 3);
  assert.match(
    unwell.stderr,
    /the new front ended \(exit status 1\) before it served[^]*stderr says more/,
  );
  over.abort();
  assert.deepEqual(await visitor, ["1 none"]);
  assert.equal(server.front, front);
  assert.equal(frontsOf(server.pid).length, 1);
});

test("a version that does not work under the parent that runs changes nothing, and says that it takes a restart", async (t) => {
  const copy = installed();
  const server = await serve(t, "basic", { command: copy.command });
  copy.becomes("9.0.0");
  copy.change("src/parent/line.ts", "PROTOCOL = 1", "PROTOCOL = 2");
  const { code, stderr } = await runCommand(["upgrade", "--pid", String(server.pid)]);
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_PARENT: .*cannot start version 9\.0\.0[^]*takes a restart/);
  assert.equal((await fetch(server.url)).status, 200);
});

test("where one of several new fronts does not start, nothing is lost that another one has taken", async (t) => {
  const args = ["--fronts", "2", "--workers", "2"];
  const { server, write } = await edition(t, "edition", {}, { args });
  const fronts = frontsOf(server.pid);
  const over = new AbortController();
  const visitor = async (): Promise<Set<string>> => {
    const said = new Set<string>();
    while (!over.signal.aborted) {
      const client = await raw(server.port);
      client.write("GET /sleep?0.05 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      said.add((await client.closed(20_000)).text.split("\r\n", 1)[0] as string);
    }
    return said;
  };
  const visitors = Array.from({ length: 8 }, visitor);
  const second = "    time.sleep(2)\n    raise RuntimeError('the second one')\n";
  const module = `import os, time\ntry:\n    os.mkdir('first')\nexcept OSError:\n${second}NUMBER = 2\n`;
  write("edition_now.py", module);
  const { code, stderr } = await runCommand(["upgrade", "--pid", String(server.pid)]);
  assert.equal(code, 3);
  assert.match(stderr, /the second one/);
  await until(() => frontsOf(server.pid).length === 2, "the new ones have ended", 15_000);
  over.abort();
  for (const said of await Promise.all(visitors)) {
    assert.deepEqual([...said], ["HTTP/1.1 200 OK"]);
  }
  assert.deepEqual(frontsOf(server.pid), fronts);
});

test("a new front that serves already finishes what it runs where the server is stopped during the upgrade", async (t) => {
  const args = ["--fronts", "2", "--workers", "2"];
  const { server, folder, write } = await edition(t, "edition", {}, { args });
  const before = frontsOf(server.pid);
  // One of the two is there at once, the other one imports for long.
  const second = "    time.sleep(30)\n";
  write(
    "edition_now.py",
    `import os, time\ntry:\n    os.mkdir('first')\nexcept OSError:\n${second}NUMBER = 2\n`,
  );
  const upgrade = runCommand(["upgrade", "--pid", String(server.pid)]);
  await until(() => existsSync(join(folder, "first")), "the first imports");
  const isNew = (front: number): boolean => !before.includes(front);
  await until(() => frontsOf(server.pid).filter(isNew).some(hasWorkers), "it has a worker");
  await sleep(500);
  // It shares the socket with those of before, and takes some of these.
  const visitors = Array.from({ length: 8 }, async () => {
    const client = await raw(server.port);
    client.write("GET /sleep?0.6 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return (await client.closed(20_000)).text.split("\r\n", 1)[0];
  });
  await sleep(300);
  assert.equal(frontsOf(server.pid).length, before.length + 2);
  server.child.kill("SIGTERM");
  assert.deepEqual(new Set(await Promise.all(visitors)), new Set(["HTTP/1.1 200 OK"]));
  assert.equal((await upgrade).code, 3);
  assert.equal(await server.ended, 0);
});

test("a second upgrade meanwhile is refused, and a server that is stopped meanwhile ends", async (t) => {
  const { server, write } = await edition(t);
  write("edition_now.py", "import time\ntime.sleep(60)\n");
  const first = runCommand(["upgrade", "--pid", String(server.pid)]);
  await until(() => frontsOf(server.pid).length === 2, "the new front boots");
  const second = await runCommand(["upgrade", "--pid", String(server.pid)]);
  assert.match(second.stderr, /An upgrade is under way already/);
  assert.match((await runCommand(["status"])).stdout, /upgrading, up/);
  assert.equal(await server.stop(), 0);
  assert.equal((await first).code, 3);
});
