// quintet.host: an application written in TypeScript, served by servers of Python's.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { type PythonServer, servePython, serverNames } from "../../testing/python-server.ts";
import { pythonChildren } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { arrivesInParts } from "./arrives-in-parts.ts";
import { shared } from "./shared.ts";

/** basic.ts, with views that wait. */
const basic = join(import.meta.dirname, "apps", "holding.ts");
const servers = serverNames.filter((name) => name !== "wsgiref");

const text = async (server: PythonServer, path: string): Promise<string> =>
  (await fetch(server.url + path)).text();

for (const name of servers)
  describe(name, () => {
    const serve = shared(name, basic);
    test(`requests go to one Node process for each process of the server`, async () => {
      const server = await serve();
      const pids = await Promise.all([1, 2, 3, 4].map(() => text(server, "/pid")));
      assert.deepEqual([...new Set(pids.map(Number))], server.nodes());

      const repeated = await fetch(`${server.url}/repeated`);
      assert.equal(repeated.status, 299);
      assert.equal(repeated.statusText, "Rather Fine");
      assert.deepEqual(repeated.headers.getSetCookie(), ["a=1", "b=2"]);
      assert.equal(repeated.headers.get("x-latin"), "caf\u00e9");
      assert.equal(repeated.headers.get("content-length"), "2");

      const environ = (await (
        await fetch(`${server.url}/environ/%E2%82%AC?a=%20b`)
      ).json()) as Record<string, unknown>;
      assert.equal(environ.PATH_INFO, "/environ/\u00e2\u0082\u00ac");
      assert.equal(environ.QUERY_STRING, "a=%20b");
      assert.equal(environ["wsgi.url_scheme"], "http");
    });

    test(`a response arrives chunk by chunk, and a long one completely`, async () => {
      const server = await serve();
      const held = barrier();
      await arrivesInParts(`${server.url}/hold/stream?${held.path}`, held);
      const long = await fetch(`${server.url}/large?20000001`);
      assert.equal((await long.arrayBuffer()).byteLength, 20_000_001);
    });

    test(`a small and a large body are uploaded`, async () => {
      const server = await serve();
      for (const size of [0, 10, 10 * 1024 * 1024]) {
        const body = randomBytes(size);
        const response = await fetch(`${server.url}/echo`, { method: "POST", body });
        const hash = createHash("sha256").update(body).digest("hex");
        assert.equal(response.headers.get("x-hash"), hash);
        assert.ok(Buffer.from(await response.arrayBuffer()).equals(body));
      }
    });

    test(`an error thrown by the application gives a 500 with its stack in the log, or a broken stream`, async () => {
      const server = await serve();
      assert.equal((await fetch(`${server.url}/boom`)).status, 500);
      await until(
        () => /RangeError: boom\n.*basic\.ts/.test(server.output()),
        "the stack is logged",
      );
      await assert.rejects(text(server, "/boom-late"));
      await until(() => server.output().includes("boom in mid-stream"), "the stack is logged");
      assert.equal(await text(server, "/"), "Hello from TypeScript!\n");
      await text(server, "/print");
      await until(() => server.output().includes("printed to stdout"), "what it prints is logged");
    });

    test(`a crash gives a 502, and the next request is answered`, async () => {
      const server = await serve();
      const before = await text(server, "/pid");
      const crashed = await fetch(`${server.url}/die`);
      assert.equal(crashed.status, 502);
      assert.match(await crashed.text(), /QUINTET_WORKER_DIED/);
      await until(() => /Node ended \(exit status 7\)/.test(server.output()), "it is logged");
      assert.notEqual(await text(server, "/pid"), before);
      // One that is killed while it has nothing to do is not noticed by any client.
      for (const node of server.nodes()) process.kill(node, "SIGKILL");
      assert.equal(await text(server, "/"), "Hello from TypeScript!\n");
    });

    test(`a client that leaves ends the response`, async () => {
      const server = await serve();
      const client = await raw(server.port);
      client.write("GET /closing HTTP/1.1\r\nHost: x\r\n\r\n");
      await client.receives("200 OK");
      client.destroy();
      await until(() => server.output().includes("closed"), "close() is called");
      assert.equal(await text(server, "/"), "Hello from TypeScript!\n");
    });
  });

test("a server that is stopped, killed or crashes leaves no Node process behind", async (t) => {
  const server = await servePython(t, "gunicorn sync", basic);
  const worker = pythonChildren(server.child.pid as number)[0] as number;
  const [node] = server.nodes();
  process.kill(worker, "SIGKILL");
  await until(() => !server.nodes().includes(node as number), "Node ends with its parent");
  assert.equal(await text(server, "/"), "Hello from TypeScript!\n");
  server.child.kill("SIGTERM");
  await server.nodesEnd();

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const one = await servePython(t, "waitress", basic);
    assert.equal(one.nodes().length, 1);
    one.child.kill(signal);
    await one.nodesEnd();
  }
});

test("threads of a server run requests at the same time", async (t) => {
  for (const name of ["gunicorn gthread", "waitress"] as const) {
    const server = await servePython(t, name, basic);
    const barriers = [1, 2, 3].map(barrier);
    const held = barriers.map(({ path }) => text(server, `/hold?${path}`));
    for (const each of barriers) await each.untilReached();
    assert.equal(await text(server, "/"), "Hello from TypeScript!\n");
    for (const each of barriers) each.open();
    assert.deepEqual(await Promise.all(held), Array(3).fill("opened\n"), name);
  }
});

test("if one request crashes Node, concurrent ones get a 502 too, and the next ones share a new Node", async (t) => {
  const server = await servePython(t, "waitress", basic);
  const barriers = [1, 2].map(barrier);
  const slow = barriers.map(({ path }) => fetch(`${server.url}/hold?${path}`));
  for (const each of barriers) await each.untilReached();
  assert.equal((await fetch(`${server.url}/die`)).status, 502);
  assert.deepEqual(
    (await Promise.all(slow)).map((response) => response.status),
    [502, 502],
  );
  const answers = await Promise.all([1, 2, 3, 4].map(() => text(server, "/")));
  assert.deepEqual(new Set(answers), new Set(["Hello from TypeScript!\n"]));
  assert.equal(server.nodes().length, 1);
});

test("a process forked from one that has served starts its own Node, and keeps no other alive", async (t) => {
  const held = barrier();
  const forking =
    "import os, time\n" +
    "from quintet.host import load\n" +
    `loaded = load(${JSON.stringify(basic)})\n` +
    "def application(environ, start_response):\n" +
    "    if environ['PATH_INFO'] == '/fork' and os.fork() == 0:\n" +
    "        environ['PATH_INFO'] = '/pid'\n" +
    "        os.write(2, b'forked %s' % b''.join(loaded(environ, lambda *head: None)))\n" +
    `        any(os.path.exists('${held.path}') or time.sleep(0.01) for _ in range(6000))\n` +
    "        os._exit(0)\n" +
    "    return loaded(environ, start_response)\n";
  const server = await servePython(t, "gunicorn sync", forking);
  const node = Number(await text(server, "/pid"));
  await text(server, "/fork");
  await until(() => server.output().includes("forked"), "the child has been answered");
  const other = Number(/forked (\d+)/.exec(server.output())?.[1]);
  assert.deepEqual(new Set(server.nodes()), new Set([node, other]));
  process.kill(pythonChildren(server.child.pid as number)[0] as number, "SIGKILL");
  await until(() => !server.nodes().includes(node), "Node ends with its parent");
  assert.ok(server.nodes().includes(other), "the child still runs");
  held.open();
  await until(() => !server.nodes().includes(other), "the other one with the child");
});

test("a NUL in the path is a bad request, not the end of a variable", async (t) => {
  const server = await servePython(t, "waitress", basic);
  assert.equal((await fetch(`${server.url}/environ/%00REMOTE_USER%00admin`)).status, 400);
});
