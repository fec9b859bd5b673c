import assert from "node:assert/strict";
import { test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { edition } from "../../testing/edition.ts";
import { parseResponses } from "../../testing/http.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { start } from "../../testing/server.ts";
import { raw } from "../../testing/socket.ts";
import { statusOf } from "../../testing/status.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

const LIVE = ["--liveness-path", "/livez"];

test("livenessPath is answered while every worker hangs and the queue is full", async (t) => {
  const args = [...LIVE, "--backlog", "1", "--timeout", "0"];
  const server = await serve(t, "hangs", { args });
  const gone = new AbortController();
  const hung = [1, 2, 3, 4].map(() =>
    fetch(`${server.url}/sleep?60`, { signal: gone.signal }).then(
      ({ status }) => status,
      () => 0,
    ),
  );
  assert.equal(await Promise.race(hung), 503);
  const response = await fetch(`${server.url}/livez`);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "ok\n");
  assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
  const head = await fetch(`${server.url}/%6Civez?probe=1`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-length"), "3");
  assert.ok(!server.log().some(({ access }) => access?.path.includes("livez")));
  gone.abort();
  server.child.kill("SIGQUIT");
});

test("it is answered before the application is imported", async () => {
  const held = barrier();
  const cwd = folderWith({
    "slow.py": `${held.python}from wsgiref.simple_server import demo_app as application\n`,
  });
  const server = await start("slow", { cwd, args: LIVE, silent: true });
  const isAlive = (): Promise<boolean> =>
    fetch(`${server.url}/livez`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(isAlive, "it is answered");
  await held.untilReached();
  for (let probe = 0; probe < 10; probe += 1) assert.ok(await isAlive());
  assert.ok(!server.output().includes("listening on"));
  held.open();
  await server.logged(({ msg }) => msg?.startsWith("listening on") === true);
  await server.stop();
});

test("other methods are 405, a body is not read, other paths are the application's", async (t) => {
  const server = await serve(t, "hangs", { args: LIVE });
  const post = await fetch(`${server.url}/livez`, { method: "POST", body: "x".repeat(1e6) });
  assert.equal(post.status, 405);
  assert.equal(post.headers.get("allow"), "GET, HEAD");
  const client = await raw(server.port);
  client.write("GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
  const answers = parseResponses(await client.receives(/ok\n[^]*ok\n$/));
  assert.deepEqual(
    answers.map(({ status, headers }) => [status, headers.connection]),
    [
      [200, "keep-alive"],
      [200, "keep-alive"],
    ],
  );
  client.destroy();
  assert.equal((await fetch(`${server.url}/livez/`)).status, 500, "the application knows it not");
});

test("while the server stops it is answered on a connection that is open", async (t) => {
  const server = await serve(t, "held", { args: LIVE });
  const client = await raw(server.port);
  client.write("GET /livez HTTP/1.1\r\n");
  const held = barrier();
  const slow = fetch(`${server.url}/wait?${held.path}`);
  await held.untilReached();
  await until(
    async () => (await statusOf(server))?.fronts[0]?.connections === 2,
    "both connections are open",
  );
  server.child.kill("SIGTERM");
  await server.logged(({ msg }) => msg?.startsWith("SIGTERM: finishing") === true);
  client.write("Host: a\r\n\r\n");
  const [answer] = parseResponses((await client.closed()).text);
  assert.equal(answer?.status, 200);
  assert.equal(answer?.headers.connection, "close");
  held.open();
  assert.equal((await slow).status, 200);
});

test("a reload takes another path, and workers that are kept", async (t) => {
  const config = (text: string): string => `export default { workers: 2, ${text} };`;
  const { server, write, reload, says } = await edition(
    t,
    "edition",
    { "quintet.config.ts": config('livenessPath: "/one"') },
    { args: ["--workers", "2"] },
  );
  assert.equal(await (await fetch(`${server.url}/one`)).text(), "ok\n");
  write("quintet.config.ts", config('livenessPath: "/zw\u00f6lf", keepWorkers: { "/x": 1 }'));
  assert.equal((await reload()).code, 0);
  assert.equal(await (await fetch(`${server.url}/zw\u00f6lf`)).text(), "ok\n");
  assert.notEqual(await (await fetch(`${server.url}/one`)).text(), "ok\n");
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, /\/x has 1 worker reserved/);
  write("quintet.config.ts", config('keepWorkers: { "/x": 2 }'));
  const { code, stderr } = await reload();
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_SETTING: nothing was changed: keepWorkers keeps 2 of 2 workers/);
  assert.equal(await says(), "1 none");
});

test("an invalid path is refused by name", async () => {
  const { code, stderr } = await runCommand(["--liveness-path", "livez", "hangs"]);
  assert.equal(code, 3);
  assert.match(
    stderr,
    /QUINTET_SETTING: --liveness-path: livenessPath is "livez"; it must be a path/,
  );
});
