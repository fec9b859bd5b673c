import assert from "node:assert/strict";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { edition } from "../../testing/edition.ts";
import { parseResponses } from "../../testing/http.ts";
import { installed } from "../../testing/installed.ts";
import { Load } from "../../testing/load.ts";
import { apps } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { frontsOf, isAlive } from "../../testing/processes.ts";
import { untilRequests } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

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
  const load = new Load(server.url, [
    { path: "/", count: 8 },
    { path: "/sleep?0.02", count: 2 },
    { path: "/stream?5,0.01", count: 2 },
    { path: "/", count: 2, fresh: true },
  ]);
  t.after(() => load.stop().catch(() => {})); // it may be over already
  for (const version of ["9.0.1", "9.0.2", "9.0.3"]) {
    copy.becomes(version);
    write("edition_now.py", `NUMBER = ${version.length}${version.at(-1)}\n`);
    const front = server.front;
    const { code, stdout, stderr } = await runCommand(["upgrade", "--pid", String(pid)]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^version ${version}\\S* serves edition in \\S+, after \\d`));
    await until(() => !isAlive(front), "the front of before has ended");
    const before = load.answered;
    await until(() => load.answered >= before + 100, "a hundred answers more");
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.equal(server.pid, pid, "it is the process that was started");
  assert.equal(frontsOf(pid).length, 1);
  assert.equal(await (await fetch(server.url)).text(), "53 none");
});

test("requests that wait because the workers were scaled to 0 are served after an upgrade", async (t) => {
  const { server } = await edition(t, "edition", {}, { ownGroup: true });
  process.kill(server.pid, "SIGWINCH");
  await server.logged(({ msg }) => msg === "from 1 to 0 workers: SIGWINCH");
  const client = await raw(server.port);
  client.write(get);
  await untilRequests(server, { waiting: 1 });
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  await client.receives("200 OK");
  client.destroy();
});

test("the old front serves an open connection to its end, and announces that it closes it", async (t) => {
  const { server, write } = await edition(t, "edition", {}, { args: ["--workers", "2"] });
  const front = server.front;
  const idle = await raw(server.port);
  idle.write(get);
  await idle.receives("1 none");
  const stream = await raw(server.port);
  const held = barrier();
  stream.write(`GET /held?${held.path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await stream.receives("1 ");
  write("edition_now.py", "NUMBER = 2222\n");
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  assert.equal(await (await fetch(server.url)).text(), "2222 none");
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, new RegExp(`front ${front} draining, .*2 connections`));
  idle.write(get);
  const { how, text } = await idle.closed();
  const [, second] = parseResponses(text);
  assert.equal(how, "end");
  assert.equal(second?.body, "1 none");
  assert.equal(second?.headers.connection, "close");
  held.open();
  await stream.receives((all) => parseResponses(all).length === 1);
  assert.equal(parseResponses(stream.received())[0]?.body, "1 1 ");
  stream.destroy();
  await until(() => !isAlive(front), "it has ended when its last client had left");
});

test("the old front answers pipelined requests that have arrived, the last with Connection: close", async (t) => {
  const { server } = await edition(t);
  const client = await raw(server.port);
  const held = barrier();
  client.write(`GET /wait?${held.path} HTTP/1.1\r\nHost: a\r\n\r\n${get}${get}`);
  await held.untilReached();
  assert.equal((await runCommand(["upgrade", "--pid", String(server.pid)])).code, 0);
  held.open();
  const { how, text } = await client.closed();
  assert.equal(how, "end");
  const closes = parseResponses(text).map(({ headers }) => headers.connection);
  assert.deepEqual(closes, ["keep-alive", "keep-alive", "close"]);
});

test("an old front closes the connection after a file, too", async (t) => {
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
  await until(() => !isAlive(front), "the front of before has ended");
  assert.equal(lstatSync(path).ino, ino);
  const client = await raw(path);
  client.write(get);
  await client.receives("1 none");
  client.destroy();
  assert.equal(await server.stop(), 0);
  assert.equal(lstatSync(path, { throwIfNoEntry: false }), undefined);
});

test("the master logs to the same place as the new front", async (t) => {
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
