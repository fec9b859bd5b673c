import assert from "node:assert/strict";
import { test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { edition } from "../../testing/edition.ts";
import { installed } from "../../testing/installed.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { frontsOf } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";

test("a version that does not start changes nothing, and quintet upgrade says why", async (t) => {
  const copy = installed();
  const { server, write } = await edition(t, "edition", {}, { command: copy.command });
  const { front } = server;
  const upgrade = () => runCommand(["upgrade", "--pid", String(server.pid)]);
  // No connection may have come to the one that did not start.
  const over = new AbortController();
  t.after(() => over.abort());
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
    /the new front ended \(exit status 1\) before it served[^]*See what it wrote to the server's stderr/,
  );
  over.abort();
  assert.deepEqual(await visitor, ["1 none"]);
  assert.equal(server.front, front);
  assert.equal(frontsOf(server.pid).length, 1);
});

test("a version that does not work under the running master changes nothing, and says that it requires a restart", async (t) => {
  const copy = installed();
  const server = await serve(t, "basic", { command: copy.command });
  copy.becomes("9.0.0");
  copy.change("src/master/control-table.ts", "PROTOCOL = 1", "PROTOCOL = 2");
  const { code, stderr } = await runCommand(["upgrade", "--pid", String(server.pid)]);
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_PARENT: .*cannot start version 9\.0\.0[^]*requires a restart/);
  assert.equal((await fetch(server.url)).status, 200);
});

test("if one of several new fronts does not start, no request that another one has accepted is lost", async (t) => {
  const args = ["--fronts", "2", "--workers", "2"];
  const { server, write } = await edition(t, "edition", {}, { args });
  const fronts = frontsOf(server.pid);
  const over = new AbortController();
  t.after(() => over.abort());
  // As what has come from a new front says, before another one fails.
  let tookOver = false;
  const visitor = async (): Promise<Set<string>> => {
    const said = new Set<string>();
    while (!over.signal.aborted) {
      const client = await raw(server.port);
      client.write("GET /sleep?0.05 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const { text } = await client.closed();
      said.add(text.split("\r\n", 1)[0] as string);
      tookOver ||= text.includes("2 none");
    }
    return said;
  };
  const visitors = Array.from({ length: 8 }, visitor);
  const held = barrier();
  const second = `${held.python}raise RuntimeError('the second one')\n`.replace(/^/gm, "    ");
  const module = `import os\ntry:\n    os.mkdir('first')\nexcept OSError:\n${second}\nNUMBER = 2\n`;
  write("edition_now.py", module);
  const upgrade = runCommand(["upgrade", "--pid", String(server.pid)]);
  await until(() => tookOver, "a new front has answered");
  held.open();
  const { code, stderr } = await upgrade;
  assert.equal(code, 3);
  assert.match(stderr, /the second one/);
  await until(() => frontsOf(server.pid).length === 2, "the new ones have ended");
  over.abort();
  for (const said of await Promise.all(visitors)) {
    assert.deepEqual([...said], ["HTTP/1.1 200 OK"]);
  }
  assert.deepEqual(frontsOf(server.pid), fronts);
});

test("if one of several new fronts does not start, the others that still boot end as well", async (t) => {
  const args = ["--fronts", "2", "--workers", "2"];
  const { server, write } = await edition(t, "edition", {}, { args });
  const fronts = frontsOf(server.pid);
  // Nobody opens it: this one would boot until the boot timeout, which is longer than the test waits.
  const first = barrier();
  const second = barrier();
  const indented = (python: string): string => python.replace(/^/gm, "    ");
  write(
    "edition_now.py",
    `import os
try:
    os.mkdir('first')
except OSError:
${indented(second.python)}
    raise RuntimeError('the second one')
${first.python}`,
  );
  const upgrade = runCommand(["upgrade", "--pid", String(server.pid)]);
  await Promise.all([first.untilReached(), second.untilReached()]);
  second.open();
  assert.match((await upgrade).stderr, /the second one/);
  await until(() => frontsOf(server.pid).length === 2, "both new ones have ended");
  assert.deepEqual(frontsOf(server.pid), fronts);
});
