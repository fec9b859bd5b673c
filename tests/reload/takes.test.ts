import assert from "node:assert/strict";
import { renameSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { edition } from "../../testing/edition.ts";
import { runCommand } from "../../testing/command.ts";
import { until } from "../../testing/wait.ts";

const wsgiTs = (value: string): string => `
import { getPythonApplication } from "quintet/python";
process.env.EDITION = ${JSON.stringify(value)};
export const application = getPythonApplication("edition:application");
`;

test("a reload takes changed Python code; quintet reload returns when it serves", async (t) => {
  const { says, write, reload } = await edition(t);
  assert.equal(await says(), "1 none");
  write("edition_now.py", "NUMBER = 2222\n");
  assert.equal(await says(), "1 none");
  const { code, stdout } = await reload();
  assert.equal(code, 0);
  assert.match(stdout, /^generation 2 of edition in \S+ serves, after [\d.]+ s\n$/);
  assert.equal(await says(), "2222 none");
});

test("SIGHUP reloads", async (t) => {
  const { server, says, write } = await edition(t);
  write("edition_now.py", "NUMBER = 2222\n");
  server.child.kill("SIGHUP");
  await server.logged((line) => line.msg?.startsWith("generation 2 serves") === true);
  assert.equal(await says(), "2222 none");
});

test("a changed, touched or new file of --touch-reload reloads", async (t) => {
  const { server, folder, says, write } = await edition(
    t,
    "edition",
    {},
    {
      args: ["--touch-reload", "edition_now.py", "--touch-reload", "trigger"],
    },
  );
  write("edition_now.py", "NUMBER = 2222\n");
  await server.logged((line) => line.msg?.startsWith("generation 2 serves") === true);
  assert.equal(await says(), "2222 none");
  write("trigger", "");
  await server.logged((line) => line.msg?.startsWith("generation 3 serves") === true);
  utimesSync(join(folder, "trigger"), new Date(), new Date(Date.now() + 5000));
  await server.logged((line) => line.msg?.startsWith("generation 4 serves") === true);
});

test("a file of --touch-reload that changes while a front is started again reloads once that serves", async (t) => {
  const args = ["--touch-reload", "edition_now.py"];
  const { server, says, write } = await edition(t, "edition", {}, { args });
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 22\n`);
  process.kill(server.front, "SIGKILL");
  await held.untilReached();
  write("edition_now.py", "NUMBER = 3\n");
  held.open();
  await server.logged((line) => /^(upgraded|generation 2)/.test(line.msg ?? ""));
  assert.equal(await says(), "3 none");
});

test("a file of --touch-reload that changes once it was read, just before that serves, is read again", async (t) => {
  const args = ["--touch-reload", "edition_now.py"];
  const { server, says, write } = await edition(t, "edition", {}, { args });
  // Thrice, for it may be looked at in that very moment.
  for (const generation of [3, 5, 7]) {
    const next = `NUMBER = ${generation}\n`;
    write("edition_now.py", `open(__file__, "w").write(${JSON.stringify(next)})\nNUMBER = 0\n`);
    await server.logged(({ msg }) => msg?.startsWith(`generation ${generation} serves`) === true);
    assert.equal(await says(), `${generation} none`);
  }
});

test("SIGHUP while the server starts is not forgotten", async (t) => {
  const held = barrier();
  const slow = `${held.python}NUMBER = 1\n`;
  const { server, says, write } = await edition(
    t,
    "edition",
    { "edition_now.py": slow },
    { silent: true },
  );
  await held.untilReached();
  write("edition_now.py", "NUMBER = 2222\n");
  server.child.kill("SIGHUP");
  await server.logged((line) => line.msg === "SIGHUP: waits until the start is over");
  held.open();
  await server.logged((line) => line.msg?.startsWith("generation 2 serves") === true);
  assert.equal(await says(), "2222 none");
});

test("a number of workers that is set during a reload also applies after it", async (t) => {
  const { server, write, reload } = await edition(t);
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 22\n`);
  const reloaded = reload();
  await held.untilReached();
  assert.equal((await runCommand(["scale", "3", "--pid", String(server.pid)])).code, 0);
  held.open();
  assert.equal((await reloaded).code, 0);
  await until(() => server.workers().length === 3, "there are three workers");
});

test("a reload evaluates wsgi.ts again, and the config file with its settings and environment", async (t) => {
  const config = (env: string, workers: number): string =>
    `export default { env: ["FROM_CONFIG=${env}"], workers: ${workers} };`;
  const files = { "wsgi.ts": wsgiTs("first"), "quintet.config.ts": config("a", 1) };
  // serve() names a number of workers, which would win over the file's.
  const { server, says, write, reload } = await edition(t, "wsgi.ts", files, {
    args: ["--workers", "1"],
  });
  assert.equal(await says(), "1 first");
  write("wsgi.ts", wsgiTs("second"));
  write("quintet.config.ts", config("b", 3));
  assert.equal((await reload()).code, 0);
  assert.equal(await says(), "1 second");
  await until(() => server.workers().length === 1, "one worker: the command line still wins");
});

test("a folder that is moved away while the new code boots does not keep that from serving", async (t) => {
  const { server, folder, says, write, reload } = await edition(t);
  const away = `${folder}.away`;
  const move = `import os\nos.rename(${JSON.stringify(folder)}, ${JSON.stringify(away)})\n`;
  write("edition_now.py", `NUMBER = 2222\n${move}`);
  try {
    assert.equal((await reload()).code, 0);
    assert.equal(await says(), "2222 none");
    await server.logged(({ msg }) => msg?.includes(`${folder} cannot be entered`) === true);
  } finally {
    renameSync(away, folder);
  }
  write("edition_now.py", "NUMBER = 3\n");
  assert.equal((await reload()).code, 0);
  assert.equal(await says(), "3 none");
});

test("settings that a reload cannot change are named", async (t) => {
  const files = { "quintet.config.ts": "export default { keepAlive: 5 };" };
  const { server, write, reload } = await edition(t, "edition", files);
  write("quintet.config.ts", "export default { keepAlive: 7, fronts: 2 };");
  assert.equal((await reload()).code, 0);
  for (const said of [
    "the setting keepAlive has changed, which requires an upgrade or a restart",
    "the setting fronts has changed, which requires a restart",
  ])
    await server.logged(({ msg }) => msg === said);
});

test("requests that exceed gracefulTimeout are cut off, and the log says so", async (t) => {
  const { server, reload } = await edition(
    t,
    "edition",
    {},
    { args: ["--graceful-timeout", "0.5"] },
  );
  const cutOff = "gracefulTimeout (0.5 s) is over: cutting off 1 running request";
  for (const order of [reload, () => server.stop()]) {
    const held = barrier();
    const slow = fetch(`${server.url}/wait?${held.path}`);
    await held.untilReached();
    await order();
    assert.equal((await slow).status, 502);
    await server.logged(({ level, msg }) => level === "warn" && msg === cutOff);
    assert.equal(server.log().filter(({ msg }) => msg === cutOff).length, order === reload ? 1 : 2);
  }
});

test("a TypeScript application, and middleware around Python, are loaded again", async (t) => {
  const around = (word: string): string => `
import { getPythonApplication } from "quintet/python";
const python = getPythonApplication("edition:application");
export const application = (environ, startResponse) =>
  python(environ, (status, headers) => startResponse(status, [...headers, ["X-Word", ${JSON.stringify(word)}]]));
`;
  const { server, write, reload } = await edition(t, "wsgi.ts", { "wsgi.ts": around("one") });
  const seen = async (): Promise<string[]> => {
    const response = await fetch(server.url);
    return [response.headers.get("x-word") ?? "", await response.text()];
  };
  assert.deepEqual(await seen(), ["one", "1 none"]);
  write("wsgi.ts", around("two"));
  write("edition_now.py", "NUMBER = 2222\n");
  assert.equal((await reload()).code, 0);
  assert.deepEqual(await seen(), ["two", "2222 none"]);
  await until(() => server.workers().length === 2, "the old workers have ended");
});
