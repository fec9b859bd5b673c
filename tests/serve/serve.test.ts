// serve() from "quintet": the whole server in a program of one's own.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { apps } from "../../testing/paths.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Program, projectWith, startProgram } from "../../testing/program.ts";
import { until } from "../../testing/wait.ts";

/** What each program begins with. Its server writes nothing but errors, and those to a file of its own. */
const START = `
import { serve } from "quintet";
const quiet = { bind: ["127.0.0.1:0"], workers: 1, logFile: "log", logLevel: "debug" };
const gated = { ...quiet, target: "gated", chdir: ${JSON.stringify(apps)}, logFile: process.cwd() + "/log" };
const ask = async (server, path = "/") => (await fetch(server.url + path)).text();
`;

function program(rest: string, files: Record<string, string> = {}): Program {
  return startProgram(projectWith({ "main.ts": START + rest, ...files }), "main.ts");
}

async function prints(running: Program, stdout: string): Promise<void> {
  const end = await running.ended;
  assert.equal(running.stderr(), "");
  assert.equal(running.stdout(), stdout);
  assert.deepEqual(end, { code: 0, signal: null });
}

/** A Python application that answers this text. */
function answering(text: string): string {
  return `def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b"${text}"]\n`;
}

test("a program serves, is answered, closes, and ends by itself", async () => {
  await prints(
    program(`
      const server = await serve(gated);
      console.log((await ask(server)).trim());
      console.log(server.address.host, server.address.port === Number(new URL(server.url).port));
      await server.close();
      await fetch(server.url).catch((error) => console.log(error.cause.code));
    `),
    "Hello, world!\n127.0.0.1 true\nECONNREFUSED\n",
  );
});

test("it leaves signals, the current folder, the title and the exit status of the program alone", async () => {
  await prints(
    program(`
      const signals = process.eventNames().filter((name) => String(name).startsWith("SIG"));
      const before = [process.cwd(), process.title, ...signals].join();
      const server = await serve(gated);
      await server.reload();
      const now = process.eventNames().filter((name) => String(name).startsWith("SIG"));
      console.log([process.cwd(), process.title, ...now].join() === before);
      await server.close();
      console.log(process.exitCode);
    `),
    "true\nundefined\n",
  );
});

test("no worker is left when close() has resolved, or when the program is killed", async () => {
  const running = program(`
    const server = await serve(gated);
    console.log(server.status().fronts[0].pools[0].workers.map(({ pid }) => pid).join());
    await server.close();
    console.log("closed");
    const other = await serve(gated);
    console.log("again");
  `);
  await running.says("closed\n");
  const [first = ""] = running.stdout().split("\n");
  assert.equal(isAlive(Number(first)), false);
  await running.says("again\n");
  const workers = running.workers();
  assert.ok(workers.length > 0);
  running.child.kill("SIGKILL");
  await until(() => !workers.some(isAlive), "the end of the workers");
});

test("close() lets a running request finish, and is the same promise when called again", async () => {
  const { path: held, untilReached, open } = barrier();
  const running = program(`
    const server = await serve(gated);
    const answer = ask(server, "/gate?${held}");
    process.once("SIGUSR2", async () => {
      const closing = server.close();
      console.log(closing === server.close(), server.status().state);
      console.log((await answer).length > 0);
      await closing;
      console.log("closed");
    });
    console.log("ready");
  `);
  await running.says("ready");
  await untilReached();
  running.child.kill("SIGUSR2");
  await running.says("true stopping");
  open();
  await running.says("true\nclosed\n");
  assert.equal((await running.ended).code, 0);
});

test("two servers in one program are independent, and closing one does not affect the other", async () => {
  const printing =
    "import sys\ndef application(environ, start_response):\n" +
    "    print('printed', flush=True)\n    start_response('200 OK', [])\n    return [b'printing']\n";
  await prints(
    program(
      `
      const one = await serve({ ...quiet, target: "one", logFile: "log-one" });
      const two = await serve({ ...quiet, target: "printing" });
      console.log(await ask(one), await ask(two));
      await one.close();
      for (let n = 0; n < 3; n += 1) console.log(await ask(two));
      await two.close();
      const { readFileSync } = await import("node:fs");
      console.log(readFileSync("log", "utf8").match(/"msg":"printed"/g).length);
    `,
      { "one.py": answering("one"), "printing.py": printing },
    ),
    "one printing\nprinting\nprinting\nprinting\n4\n",
  );
});

test("reload() serves what is on disk now, and one that does not start changes nothing", async () => {
  await prints(
    program(
      `
      import { writeFileSync } from "node:fs";
      const server = await serve({ ...quiet, target: "small" });
      console.log(await ask(server));
      writeFileSync("small.py", ${JSON.stringify(answering("second, and longer"))});
      const { generation, seconds } = await server.reload();
      console.log(await ask(server), generation, seconds > 0, server.status().fronts[0].generation);
      writeFileSync("small.py", "raise ValueError('not today, I am afraid')");
      await server.reload().catch((error) => console.log(error.code));
      console.log(await ask(server), server.status().state);
      await server.close();
      await server.reload().catch((error) => console.log(error.code));
    `,
      { "small.py": answering("first") },
    ),
    "first\nsecond, and longer 2 true 2\nQUINTET_MODULE_FAILED\nsecond, and longer running\nQUINTET_STOPPING\n",
  );
});

test("an application that the program has already created is served from its own folder", async () => {
  await prints(
    program(
      `
      import { application } from "./shop/wsgi.ts";
      await using server = await serve({ ...quiet, application });
      console.log(await ask(server), server.status().fronts[0].pools[0].threads);
    `,
      {
        "shop/wsgi.ts":
          'import { getPythonApplication } from "quintet/python";\n' +
          'export const application = getPythonApplication("shop", { threads: 3 });\n',
        "shop/shop.py": answering("shop"),
      },
    ),
    "shop 3\n",
  );
});

test("a wsgi.ts is served by its path or its URL, in workers, and found without a name", async () => {
  const application =
    'import type { WsgiApplication } from "quintet/wsgi";\n' +
    "export const application: WsgiApplication = (environ, startResponse) => {\n" +
    '  startResponse("200 OK", []);\n  return [Buffer.from(String(process.pid))];\n};\n';
  await prints(
    program(
      `
      for (const target of ["wsgi.ts", new URL("./wsgi.ts", import.meta.url), undefined]) {
        await using server = await serve({ ...quiet, ...(target ? { target } : {}) });
        const pid = Number(await ask(server));
        console.log(pid !== process.pid && pid === server.status().fronts[0].pools[0].workers[0].pid);
      }
    `,
      { "wsgi.ts": application },
    ),
    "true\ntrue\ntrue\n",
  );
});

test("it listens on a unix socket, where it has no URL", async () => {
  await prints(
    program(
      `
      import { request } from "node:http";
      const server = await serve({ ...quiet, bind: ["unix:sock"], target: "small" });
      console.log(server.url, server.address.path === process.cwd() + "/sock");
      const response = await new Promise((resolve) => request({ socketPath: "sock", path: "/" }, resolve).end());
      console.log(String(await response.toArray()));
      await server.close();
    `,
      { "small.py": answering("by a socket") },
    ),
    "null true\nby a socket\n",
  );
});

test("the address of all interfaces has a URL that can be fetched", async () => {
  await prints(
    program(
      `
      await using server = await serve({ ...quiet, bind: [":0"], target: "small" });
      console.log(server.address.host, new URL(server.url).hostname, await ask(server));
    `,
      { "small.py": answering("all") },
    ),
    "0.0.0.0 127.0.0.1 all\n",
  );
});

test("the config file and the variables count, and the options win over them", async () => {
  const running = startProgram(
    projectWith({
      "main.ts": `${START}
        const server = await serve({ ...quiet, target: "small" });
        const { pools } = server.status().fronts[0];
        console.log(pools[0].workers.length, pools[0].threads, server.status().fronts[0].backlog);
        await server.close();`,
      "small.py": answering("all"),
      "quintet.config.ts":
        'import { defineConfig } from "quintet/config";\n' +
        "export default defineConfig({ workers: 3, threads: 2, backlog: 7 });\n",
    }),
    "main.ts",
    { env: { QUINTET_THREADS: "4" } },
  );
  await prints(running, "1 4 7\n");
});

test("an application that cannot be served rejects with a QuintetError, and nothing is left running", async () => {
  await prints(
    program(
      `
      import { QuintetError } from "quintet/errors";
      const refused = async (options) => {
        const error = await serve({ ...quiet, ...options }).catch((reason) => reason);
        console.log(error instanceof QuintetError, error.code);
      };
      await refused({ target: "there_is_none" });
      await refused({ target: "none.ts" });
      await refused({});
      await refused({ target: "small", bind: ["127.0.0.256:1"] });
      await refused({ target: "small", python: "no-such-python" });
      await refused({ target: "small", worker: 1 });
      await refused({ target: "small", workers: -1 });
      await refused({ target: "small", user: "www-data" });
      await refused({ target: "small", fronts: 2 });
      await refused({ target: "small", config: "none.config.ts" });
      await refused({ application: () => [] });
      const server = await serve({ ...quiet, target: "small" });
      await refused({ target: "small", bind: [new URL(server.url).host] });
      console.log(await ask(server));
      await server.close();
    `,
      { "small.py": answering("still there") },
    ),
    "NO_MODULE NO_FILE NO_TARGET BIND NO_PYTHON SETTING SETTING SETTING SETTING NO_FILE NO_TARGET BIND"
      .split(" ")
      .map((code) => `true QUINTET_${code}\n`)
      .join("") + "still there\n",
  );
});

test("a start that fails leaves no log file open", async () => {
  await prints(
    program(
      `
      import { readdirSync, readlinkSync } from "node:fs";
      const linkOf = (descriptor) => {
        try {
          return readlinkSync("/proc/self/fd/" + descriptor);
        } catch {
          return "";
        }
      };
      const openLogs = () => readdirSync("/proc/self/fd").map(linkOf).filter((path) => path.endsWith("/log"));
      for (const options of [
        { target: "small", python: "no-such-python" },
        { target: "there_is_none" },
        { target: "small", bind: ["127.0.0.256:1"] },
      ]) {
        const error = await serve({ ...quiet, ...options }).catch((reason) => reason);
        console.log(error.code, openLogs().length);
      }
    `,
      { "small.py": answering("small") },
    ),
    "QUINTET_NO_PYTHON 0\nQUINTET_NO_MODULE 0\nQUINTET_BIND 0\n",
  );
});

test("a file that is being served cannot serve itself", async () => {
  await prints(
    program(
      `
      const error = await serve({ ...quiet, target: "itself.ts" }).catch((reason) => reason);
      console.log(error.code, /serve\\(\\) was called in a file that is being served/.test(error.message));
    `,
      {
        "itself.ts":
          'import { serve } from "quintet";\n' +
          "export const application = (environ, startResponse) => (startResponse('200 OK', []), []);\n" +
          "await serve({ target: import.meta.filename });\n",
      },
    ),
    "QUINTET_WSGI_FILE true\n",
  );
});

test("a change of a file of touchReload reloads", async () => {
  const running = program(
    `
      import { writeFileSync } from "node:fs";
      const server = await serve({ ...quiet, target: "small", touchReload: ["touched"] });
      writeFileSync("touched", "");
      while (server.status().fronts[0].generation < 2) await new Promise((done) => setTimeout(done, 50));
      console.log("reloaded");
      await server.close();
    `,
    { "small.py": answering("all") },
  );
  await prints(running, "reloaded\n");
});

test("it serves Django from its project's folder", async () => {
  const site = join(apps, "site");
  const running = program(`
    await using server = await serve({ ...quiet, logFile: process.cwd() + "/log", chdir: ${JSON.stringify(site)} });
    const response = await fetch(server.url + "/");
    console.log(response.status < 500, server.status().folder === ${JSON.stringify(site)});
  `);
  await prints(running, "true true\n");
});
