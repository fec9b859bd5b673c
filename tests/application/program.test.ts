import assert from "node:assert/strict";
import { test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { apps } from "../../testing/paths.ts";
import { projectWith, type Program, startProgram } from "../../testing/program.ts";
import { isAlive } from "../../testing/processes.ts";
import { PATIENCE, until } from "../../testing/wait.ts";

const START = `
import { getPythonApplication } from "quintet/python";
const application = getPythonApplication("gated", { project: ${JSON.stringify(apps)}, logLevel: "error" });
const ask = async (path = "/") => (await application.fetch(new Request("http://a" + path))).text();
`;

function program(rest: string, flags: string[] = []): Program {
  return startProgram(projectWith({ "main.ts": START + rest }), "main.ts", { flags });
}

async function gone(pids: number[]): Promise<void> {
  assert.ok(pids.length > 0);
  await until(() => !pids.some(isAlive), "the end of the workers");
}

test("a program that has closed ends by itself, at once, with 0", async () => {
  const running = program(`
    console.log(await ask());
    const began = performance.now();
    await application.close();
    // Half of the time that close() would have.
    process.on("exit", () => console.log(performance.now() - began < 15_000 ? "soon" : "late"));
  `);
  assert.deepEqual(await running.ended, { code: 0, signal: null });
  assert.equal(running.stdout(), "Hello, world!\n\nsoon\n");
  assert.equal(running.stderr(), "");
});

test("await using closes an application at the end of its block", async () => {
  const running = program(`
    {
      await using application = getPythonApplication("gated", { project: ${JSON.stringify(apps)}, logLevel: "error" });
      console.log((await (await application.fetch(new Request("http://a/"))).text()).trim());
    }
    console.log("closed");
  `);
  assert.deepEqual(await running.ended, { code: 0, signal: null });
  assert.equal(running.stdout(), "Hello, world!\nclosed\n");
  assert.equal(running.stderr(), "");
});

test("a program that never uses its application ends by itself", async () => {
  const running = program("");
  assert.deepEqual(await running.ended, { code: 0, signal: null });
  assert.equal(running.stderr(), "");
});

test("a program whose application could not be loaded ends by itself", async () => {
  const running = program(`
    import { getPythonApplication as other } from "quintet/python";
    const none = other("there_is_none");
    await none.fetch(new Request("http://a/")).catch((error) => console.log(error.code));
    await none.fetch(new Request("http://a/")).catch((error) => console.log(error.code));
  `);
  assert.equal((await running.ended).code, 0);
  assert.equal(running.stdout(), "QUINTET_NO_MODULE\nQUINTET_NO_MODULE\n");
});

test("a program that is killed leaves no Python behind", async () => {
  const kill = async (path: string): Promise<void> => {
    const { path: held, untilReached } = barrier();
    const running = program(`
      await ask();
      void ask("${path}?${held}");
      console.log("ready");
      setInterval(() => {}, 1000);
    `);
    await running.says("ready");
    // The worker of the first is idle, for all that it has is done.
    if (path !== "/hello") await untilReached();
    const workers = running.workers();
    running.child.kill("SIGKILL");
    await gone(workers);
    await running.ended;
  };
  await Promise.all(["/hello", "/gate", "/in-c"].map(kill));
});

test("a program that ends by SIGTERM, by process.exit() or by an error leaves no Python behind", async () => {
  const ways: [string, number | null, NodeJS.Signals | null][] = [
    ['process.kill(process.pid, "SIGTERM")', null, "SIGTERM"],
    ["process.exit(3)", 3, null],
    ['throw new Error("no more")', 1, null],
  ];
  const end = async ([way, code, signal]: (typeof ways)[number]): Promise<void> => {
    const { path: held, untilReached } = barrier();
    const running = program(`
      process.once("SIGUSR2", () => { ${way} });
      void ask("/gate?${held}");
      setInterval(() => {}, 1000);
    `);
    await untilReached();
    const workers = running.workers();
    running.child.kill("SIGUSR2");
    assert.deepEqual(await running.ended, { code, signal });
    await gone(workers);
  };
  await Promise.all(ways.map(end));
});

test("a program that is killed while its workers start leaves no Python behind", async () => {
  const running = program(`
    void ask();
    setInterval(() => {}, 1000);
    console.log("ready");
  `);
  await running.says("ready");
  await until(() => running.workers().length > 0, "a worker");
  const workers = running.workers();
  running.child.kill("SIGKILL");
  await gone(workers);
});

test("a response that was dropped, neither read nor cancelled, sets its worker free", async () => {
  const running = program(
    `
    // A worker that is not set free has no end of its own: whoever is next waits in vain.
    const options = { workers: 1, timeout: 0, queueTimeout: ${PATIENCE / 1000} };
    const one = getPythonApplication("basic", { project: ${JSON.stringify(apps)}, ...options });
    const drop = async () => (await one.fetch(new Request("http://a/large?90000000"))).status;
    setInterval(() => globalThis.gc(), 20).unref();
    for (let count = 0; count < 3; count += 1) console.log(await drop());
    console.log(await (await one.fetch(new Request("http://a/"))).text());
    await one.close();
  `,
    ["--expose-gc"],
  );
  assert.equal((await running.ended).code, 0, running.stderr());
  assert.equal(running.stdout(), "200\n200\n200\nHello, world!\n\n");
});

test("a program may have many applications, and Node warns of nothing", async () => {
  const running = program(`
    const many = Array.from({ length: 12 }, () =>
      getPythonApplication("basic", { project: ${JSON.stringify(apps)}, workers: 1 }));
    const answers = await Promise.all(many.map((each) => each.fetch(new Request("http://a/"))));
    for (const each of answers) console.log(each.status);
    await Promise.all(many.map((each) => each.close()));
  `);
  assert.equal((await running.ended).code, 0);
  assert.equal(running.stdout(), "200\n".repeat(12));
  assert.equal(running.stderr(), "");
});

test("Python's output and logs go to stderr, and stdout stays the program's own", async () => {
  const running = program(`
    await ask("/print");
    console.log("the program's own");
    const loud = getPythonApplication("basic", { project: ${JSON.stringify(apps)} });
    await (await loud.fetch(new Request("http://a/print"))).text();
    await application.close();
    await loud.close();
  `);
  assert.equal((await running.ended).code, 0);
  assert.equal(running.stdout(), "the program's own\n");
  assert.match(running.stderr(), /printed to stdout/);
  assert.match(running.stderr(), /written to wsgi\.errors/);
});
