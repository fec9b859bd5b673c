import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { measured } from "../../testing/control.ts";
import { python, site } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { type LogLine, type Running, start } from "../../testing/server.ts";
import { raw } from "../../testing/socket.ts";
import { untilRequests } from "../../testing/status.ts";
import { PATIENCE, until } from "../../testing/wait.ts";

let server: Running;
before(async () => {
  server = await start("logging_app", { args: ["--workers", "2"] });
});
after(async () => {
  await server.stop();
});

const get = async (path: string): Promise<unknown> => (await fetch(`${server.url}${path}`)).text();
const said = (text: string): Promise<LogLine> => server.logged((line) => line.msg === text);

test("if the output is not a terminal, each line is one JSON object", async () => {
  const own = await start("logging_app", { args: ["--workers", "1", "--log-format", "auto"] });
  await fetch(own.url);
  await own.logged((line) => line.access !== undefined);
  await own.stop();
  const lines = own.output().trimEnd().split("\n");
  assert.ok(lines.length > 5);
  for (const text of lines) {
    const line = JSON.parse(text) as LogLine & { time: string };
    assert.ok(["info", "warn", "error"].includes(line.level), text);
    assert.ok(Math.abs(Date.parse(line.time) - Date.now()) < 60_000);
  }
});

test("the start logs what is served, by which Python and Node, by how many workers, and where", async () => {
  const version = /Python 3\.\d+\.\d+/;
  await server.logged((line) => line.msg?.startsWith("logging_app: Python 3.") === true);
  const first = server.log().find((line) => line.msg?.startsWith("logging_app: "))?.msg ?? "";
  assert.match(first, version);
  assert.ok(first.endsWith(`Node ${process.versions.node}`));
  await said(`${python} (the setting python)`);
  await server.logged((line) => /^2 workers of 1 thread, imported in \d+ ms$/.test(line.msg ?? ""));
  const where = new RegExp(
    `^listening on ${server.url} \\(pid ${server.pid}, ready after \\d+\\.\\d\\d s\\)$`,
  );
  await server.logged((line) => where.test(line.msg ?? ""));
});

test("each request is logged with its id, client, times and bytes", async () => {
  await get("/page?a=b");
  const line = await server.logged((each) => each.access?.path === "/page?a=b");
  assert.match(line.request ?? "", /^[0-9a-f]{8}-[0-9a-z]+$/);
  const { ms, queueMs, appMs, ...rest } = line.access as NonNullable<LogLine["access"]>;
  const expected = { client: "127.0.0.1", method: "GET", path: "/page?a=b", status: 200, bytes: 5 };
  assert.deepEqual(rest, expected);
  for (const time of [ms, queueMs, appMs]) assert.ok(time >= 0 && time < PATIENCE);
  assert.ok(ms >= appMs);
});

test("the log distinguishes the time spent waiting from the time spent running", async (t) => {
  const own = await serve(t, "basic");
  const { allow } = await measured(async () => {
    // The front reads in the order in which something comes.
    const [first, second] = [await raw(own.port), await raw(own.port)];
    first.write("GET /sleep?1 HTTP/1.1\r\nHost: a\r\n\r\n");
    second.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    await first.receives("slept");
    await second.receives("Hello");
    first.destroy();
    second.destroy();
  });
  const slow = (await own.logged((line) => line.access?.path === "/sleep?1")).access;
  const waited = (await own.logged((line) => line.access?.path === "/hello")).access;
  assert.ok(slow && slow.appMs >= 1000 && slow.appMs < 1000 + allow(600), JSON.stringify(slow));
  assert.ok(slow.queueMs < allow(100), JSON.stringify(slow));
  assert.ok(waited && waited.queueMs > 150, JSON.stringify(waited));
  assert.ok(waited.appMs < allow(100), JSON.stringify(waited));
});

test("so do those of what was not answered", async (t) => {
  const args = ["--workers", "1", "--timeout", "3", "--queue-timeout", "0.5"];
  const own = await serve(t, "basic", { args });
  const { allow } = await measured(async () => {
    const hangs = fetch(`${own.url}/sleep?60`);
    await untilRequests(own, { running: 1 });
    const waits = fetch(`${own.url}/hello`);
    assert.deepEqual([(await hangs).status, (await waits).status], [504, 503]);
  });
  const ran = (await own.logged((line) => line.access?.status === 504)).access;
  const waited = (await own.logged((line) => line.access?.status === 503)).access;
  assert.ok(ran && ran.appMs >= 2900 && ran.queueMs < allow(100), JSON.stringify(ran));
  assert.ok(waited && waited.queueMs >= 450 && waited.appMs === 0, JSON.stringify(waited));
});

test("the output and the log lines of an application have its worker's pid", async () => {
  await get("/print");
  const texts = ["printed to stdout", "written to stderr", "written to wsgi.errors"];
  for (const text of [...texts, "WARNING shop logged: Ä €"]) {
    const line = await said(text);
    assert.ok(server.workers().includes(line.worker ?? 0), text);
  }
  await server.logged((line) => line.msg?.endsWith("UserWarning: warned") === true);
  assert.equal(server.log().filter((line) => line.msg === "printed at import").length, 1);
});

test("a traceback that an application prints keeps its first line, even if it arrives in pieces", async () => {
  const from = server.log().length;
  for (const [path, last] of [
    ["/traceback", "ValueError: printed by the application"],
    ["/pieces", "KeyError: in pieces"],
  ] as const) {
    await get(path);
    await said(last);
    const printed = server
      .log()
      .slice(from)
      .filter(({ access }) => !access);
    const end = printed.findIndex(({ msg }) => msg === last);
    const begin = printed.findLastIndex(({ msg }, at) => at < end && msg?.startsWith("Trace"));
    assert.equal(printed[begin]?.msg, "Traceback (most recent call last):");
    assert.match(printed[begin + 1]?.msg ?? "", /^ {2}File ".*", line \d+/);
    assert.ok(printed.every(({ msg }) => typeof msg === "string"));
  }
});

test("unusual output is logged: no newline, a very long line, bytes that are not text", async () => {
  for (const path of ["/long", "/bytes", "/escape", "/json"]) await get(path);
  await server.logged((line) => line.msg === "x".repeat(200_000));
  await server.logged((line) => /^bad .* byte$/.test(line.msg ?? ""));
  await said("\u001b[31mred\u001b[0m");
  await said('{"level":"info","msg":"listening on nothing"}');
  await get("/unended");
  await server.stop();
  assert.ok(server.log().some((line) => line.msg?.startsWith("without a newline")));
  server = await start("logging_app", { args: ["--workers", "2"] });
});

test("a flood of lines is logged completely and in order", async () => {
  await get("/flood");
  await said("line 19999");
  const lines = server.log().filter((line) => /^line \d+$/.test(line.msg ?? ""));
  assert.equal(lines.length, 20_000);
  assert.ok(lines.every((line, index) => line.msg === `line ${index}`));
});

test("workers report a Django project's version, its folders of files, and the tracebacks behind its own 500", async (t) => {
  const own = await serve(t, "tiny.wsgi", { cwd: site, env: { SITE_ROOT: "/srv/tiny" } });
  await own.logged((line) => /^tiny\.wsgi: Django 5\.2\.\d+, Python 3/.test(line.msg ?? ""));
  await own.logged((line) => line.msg === "/static/ from /srv/tiny/static");
  await own.logged((line) => line.msg === "/media/ from /srv/tiny/media");
  // A traceback is logged once, with the request's id.
  assert.equal((await fetch(`${own.url}/boom`)).status, 500);
  const { request } = await own.logged((line) => line.access?.path === "/boom");
  const traced = (line: LogLine): boolean => line.detail?.includes("boom in a view") === true;
  const line = await own.logged(traced);
  assert.equal(line.request, request);
  assert.equal(line.level, "error");
  assert.equal(line.msg, "ValueError: boom in a view");
  assert.ok(own.workers().includes(line.worker ?? 0));
  assert.match(line.detail ?? "", /^Traceback[\s\S]*tiny\/urls\.py", line \d+, in boom\n/);
  // All of its output has arrived.
  await own.stop();
  assert.equal(own.log().filter(traced).length, 1);
});

test("in debug mode Django prints its tracebacks itself", async (t) => {
  const own = await serve(t, "tiny.wsgi", { cwd: site, env: { SITE_DEBUG: "1" } });
  assert.equal((await fetch(`${own.url}/boom`)).status, 500);
  await own.logged((line) => line.msg === "ValueError: boom in a view");
  // All of its output has arrived.
  await own.stop();
  assert.equal(own.log().filter((line) => line.msg === "ValueError: boom in a view").length, 1);
});

test("--no-access-log omits requests and nothing else", async (t) => {
  const own = await serve(t, "logging_app", { args: ["--no-access-log"] });
  await fetch(`${own.url}/print`);
  await own.logged((line) => line.msg === "printed to stdout");
  await own.stop();
  assert.ok(!own.log().some((line) => line.access));
});

test("--log-level leaves out less severe lines", async (t) => {
  const [own, quiet] = await Promise.all([
    serve(t, "basic", { args: ["--log-level", "debug"] }),
    serve(t, "responses", { args: ["--log-level", "error"], silent: true }),
  ]);
  await own.logged((line) => line.level === "debug" && /worker ready/.test(line.msg ?? ""));
  assert.ok(!server.log().some((line) => line.level === "debug"));
  // No log line says that it listens.
  let status: number | undefined;
  await until(async () => {
    status = (await fetch(`${quiet.url}/raise`).catch(() => null))?.status;
    return status !== undefined;
  }, "it answers");
  assert.equal(status, 500);
  await quiet.logged((line) => line.level === "error" && /raised before/.test(line.msg ?? ""));
  assert.ok(
    quiet.log().every((line) => line.level === "error"),
    quiet.output(),
  );
});
