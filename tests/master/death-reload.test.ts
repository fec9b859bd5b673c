import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { edition } from "../../testing/edition.ts";
import { barrier } from "../../testing/barrier.ts";
import { frontsOf, isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";

test("a reload recovers a front that keeps dying because of the code that it serves", async (t) => {
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

test("a reload with a log that cannot be opened does not prevent a front from being restarted", async (t) => {
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

test("a reload that arrives while a front is restarted is not lost", async (t) => {
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

test("if a front is ending but still finishing requests, new fronts do the reload", async (t) => {
  const { server, says, write, reload } = await edition(t);
  const held = barrier();
  const slow = await fetch(`${server.url}/held?${held.path}`);
  process.kill(server.front, "SIGTERM");
  await server.logged(({ msg }) => msg === "SIGTERM: finishing 1 running request, then stopping");
  write("edition_now.py", "NUMBER = 2222\n");
  const { code, stderr } = await reload();
  assert.equal(code, 0, stderr);
  assert.equal(await says(), "2222 none");
  held.open();
  assert.equal(await slow.text(), "1 1 ");
});

test("a wsgi.ts that is being loaded ends with the front that loads it", async (t) => {
  const wsgi = `
import { getPythonApplication } from "quintet/python";
export const application = getPythonApplication("edition:application");
`;
  const { server, folder, write, reload } = await edition(t, "wsgi.ts", { "wsgi.ts": wsgi });
  const pidFile = join(folder, "pid");
  const loaded = (): number => Number(existsSync(pidFile) && readFileSync(pidFile, "utf8"));
  const blocked = `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(pidFile)}, String(process.pid));\nAtomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\n`;
  write("wsgi.ts", blocked);
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
