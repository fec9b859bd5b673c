// A front or a worker runs out of descriptors, as on a busy site with a low limit.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { edition } from "../../testing/edition.ts";
import { serve } from "../../testing/serve.ts";
import { isAlive, zygotesOf } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";

const WSGI = `import { getPythonApplication } from "quintet/python";
export const application = getPythonApplication("edition");
`;

/** Keep a process from opening anything. Returns a function that lifts the limit. */
function exhaust(pid: number): () => void {
  const limit = (count: number): void =>
    void execFileSync("prlimit", ["--pid", String(pid), `--nofile=${count}:`]);
  // Below the number of open ones, so that closing some does not help.
  limit(3);
  return () => limit(1024);
}

test("a front without a free descriptor serves on, and catches up when it has some again", async (t) => {
  const { server, write, reload } = await edition(t, "wsgi.ts", { "wsgi.ts": WSGI });
  const { front } = server;
  const client = await raw(server.port);
  // Over the existing connection, because a new one takes a descriptor.
  const says = async (expected: string): Promise<void> => {
    const before = client.received().length;
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.receives((text) => text.slice(before).endsWith(`\r\n\r\n${expected}`));
  };
  await says("1 none");
  write("edition_now.py", "NUMBER = 2222\n");
  let again = exhaust(front);
  const { code, stderr } = await reload();
  assert.equal(code, 3);
  assert.match(stderr, /EMFILE/);
  await says("1 none");
  again();
  assert.equal((await reload()).code, 0);
  await says("2222 none");
  // By then the descriptors of the generation before are free.
  await until(() => zygotesOf(front).length === 1, "it has ended");
  again = exhaust(front);
  for (const zygote of zygotesOf(front)) process.kill(zygote, "SIGKILL");
  await server.logged(({ msg = "" }) => /worker did not start: .*EMFILE/.test(msg));
  await says("2222 none");
  again();
  await until(() => zygotesOf(front).length === 1, "there is another");
  await says("2222 none");
  assert.ok(isAlive(front));
});

for (const threads of [1, 2]) {
  test(`a worker without a free descriptor for a body answers 500, and keeps serving (${threads} threads)`, async (t) => {
    const server = await serve(t, "uploads", { args: ["--threads", String(threads)] });
    const post = (): Promise<Response> =>
      fetch(`${server.url}/digest`, { method: "POST", body: Buffer.alloc(2_000_000) });
    assert.equal((await post()).status, 200);
    for (const worker of server.workers().filter((pid) => !zygotesOf(server.front).includes(pid))) {
      const again = exhaust(worker);
      for (let count = 0; count <= threads; count += 1) assert.equal((await post()).status, 500);
      again();
    }
    await server.logged(({ msg = "" }) => /Too many open files/.test(msg));
    for (let count = 0; count <= threads; count += 1) assert.equal((await post()).status, 200);
  });
}
