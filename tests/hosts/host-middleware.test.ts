// quintet.host: TypeScript middleware around Django, which runs in the process of the server.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { apps, root } from "../../testing/paths.ts";
import { type PythonServer, servePython, serverNames } from "../../testing/python-server.ts";
import { pythonChildren } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { arrivesInParts } from "./arrives-in-parts.ts";
import { shared } from "./shared.ts";

const around = join(apps, "typescript", "around-django.ts");
/** Django has a view that waits. */
const holding = {
  DJANGO_SETTINGS_MODULE: "holding",
  PYTHONPATH: [join(root, "python"), join(import.meta.dirname, "apps")].join(":"),
};
const servers = serverNames.filter((name) => name !== "wsgiref");

const text = async (server: PythonServer, path: string): Promise<string> =>
  (await fetch(server.url + path)).text();

for (const name of servers)
  describe(name, () => {
    const serve = shared(name, around, holding);
    test(`middleware sees the requests and responses of Django`, async () => {
      const server = await serve();
      const response = await fetch(`${server.url}/path/caf%C3%A9`);
      assert.equal(response.headers.get("x-around"), "Django");
      assert.equal(await response.text(), "/path/caf\u00e9");
      assert.equal(await text(server, "/slowly/path/x"), "/path/x");
      assert.equal((await fetch(`${server.url}/nowhere`)).status, 404);
      assert.equal(server.nodes().length, 1);
    });

    test(`each chunk of Django's passes the middleware before Django makes the next`, async () => {
      const server = await serve();
      for (const way of ["", "/slowly", "/fetch"]) {
        const held = barrier();
        await arrivesInParts(`${server.url}${way}/hold${held.path}`, held);
      }
    });

    test(`a large upload passes it there and back`, async () => {
      const server = await serve();
      const body = randomBytes(10 * 1024 * 1024);
      for (const path of ["/echo", "/slowly/echo"]) {
        const response = await fetch(server.url + path, {
          method: "POST",
          body,
          headers: { "Content-Type": "application/octet-stream" },
        });
        assert.ok(Buffer.from(await response.arrayBuffer()).equals(body), path);
      }
    });

    test(`an exception in Django is its 500, a crash of the middleware a 502`, async () => {
      const server = await serve();
      const failed = await fetch(`${server.url}/boom`);
      assert.equal(failed.status, 500);
      assert.equal(failed.headers.get("x-around"), "Django");
      assert.equal((await fetch(`${server.url}/crash`)).status, 502);
      assert.equal(await text(server, "/"), "Hello from Django\n");
    });

    test(`Django can be asked with fetch, and twice in one request`, async () => {
      const server = await serve();
      assert.equal(await text(server, "/fetch/path/x"), "/path/x");
      assert.equal(await text(server, "/both"), "Hello from Django\nslept 0.1");
    });
  });

test("Django runs in the very thread of the server that has the request", async (t) => {
  const thread =
    "import threading\n" +
    "from quintet.host import load\n" +
    "inner = threading.local()\n" +
    `loaded = load(${JSON.stringify(join(apps, "typescript", "thread.ts"))})\n` +
    "def application(environ, start_response):\n" +
    "    inner.name = environ['PATH_INFO']\n" +
    "    environ['test.inner'] = inner\n" +
    "    return loaded(environ, start_response)\n";
  const server = await servePython(t, "waitress", thread);
  const paths = ["/a", "/b", "/c", "/d"];
  const seen = await Promise.all(paths.map((path) => text(server, path)));
  assert.deepEqual(seen, paths);
});

test("a client that leaves also ends the Python application, without an error", async (t) => {
  const server = await servePython(t, "waitress", join(apps, "ts", "around.ts"));
  const client = await raw(server.port);
  client.write("GET /py/stream?1000,0.05 HTTP/1.1\r\nHost: x\r\n\r\n");
  await client.receives("chunk 1");
  client.destroy();
  await until(() => server.output().includes("Client disconnected"), "waitress notices");
  assert.equal(await text(server, "/py/hello"), "Hello, world!\n");
  assert.doesNotMatch(server.output(), /QuintetError|Traceback/);
});

test("a killed worker takes its Node with it while Django works", async (t) => {
  const server = await servePython(t, "gunicorn sync", around, holding);
  const held = barrier();
  const slow = text(server, `/hold${held.path}`).catch(() => null);
  await held.untilReached();
  const [node] = server.nodes();
  process.kill(pythonChildren(server.child.pid as number)[0] as number, "SIGKILL");
  await until(() => !server.nodes().includes(node as number), "Node has ended");
  assert.equal(await slow, null);
  assert.equal(await text(server, "/"), "Hello from Django\n");
});

test("Gunicorn's timeout interrupts Django inside of middleware", async (t) => {
  const server = await servePython(t, "gunicorn sync", around, {
    // A worker that takes as long to boot is killed, too, and is tried again.
    GUNICORN_CMD_ARGS: "--timeout=3",
  });
  await fetch(`${server.url}/sleep/30`).catch(() => null);
  assert.equal(await text(server, "/"), "Hello from Django\n");
  await until(() => server.nodes().length === 1, "only the new worker has a Node");
});
