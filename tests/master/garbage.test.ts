// What master and front may say to each other, and cannot make sense of.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { cleanEnvironment } from "../../testing/command.ts";
import { apps, command, python } from "../../testing/paths.ts";
import { frontsOf } from "../../testing/processes.ts";
import { raw } from "../../testing/socket.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** Loaded by each front: says to the master what the file `words` holds, once it is there. */
const SAY = `import { existsSync, readFileSync, unlinkSync, writeSync } from "node:fs";
const { QUINTET_FRONT, WORDS } = process.env;
if (QUINTET_FRONT) {
  const { line } = JSON.parse(QUINTET_FRONT);
  setInterval(() => {
    if (!existsSync(WORDS)) return;
    const words = readFileSync(WORDS);
    unlinkSync(WORDS);
    writeSync(line, words);
  }, 10).unref();
}
`;

const SETTINGS = { logLevel: "info", logFile: "", gracefulTimeout: 30 };
const ready = (settings: object | null): string =>
  JSON.stringify({
    tell: "ready",
    version: "1",
    deployment: settings && { settings, served: { served: "x", cwd: "/" } },
  });

const wrong: [name: string, words: string | Buffer, says: RegExp][] = [
  ["bytes", Buffer.from([0xff, 0x00, 0x0a]), /a line is not JSON/],
  ["null", "null", /a line is null, not an object/],
  ["a list", "[1]", /a line is a list/],
  ["nothing", "{}", /tell is null/],
  ["a number", '{"tell": 7}', /tell is 7/],
  ["ready without anything", '{"tell": "ready"}', /ready: version is null/],
  ["ready with no deployment", ready(null), /ready: deployment is null/],
  [
    "ready with a level that is none",
    ready({ ...SETTINGS, logLevel: "loud" }),
    /deployment is an object/,
  ],
  ["ready with a file that is none", ready({ ...SETTINGS, logFile: 7 }), /deployment is an object/],
  ["touched without a time", '{"tell": "touched", "file": "x"}', /touched: at is null/],
  ["a failure that is null", '{"tell": "failed"}', /failed is null/],
  [
    "a failure without a text",
    '{"tell": "failed", "failure": {"code": ""}}',
    /failed: message is null/,
  ],
  ["an answer to a list", '{"id": [1], "ok": {}}', /an answer: id is a list/],
  ["an answer that is none", '{"id": 1}', /an answer is null/],
  ["an error that is a text", '{"id": 1, "error": "no"}', /an error is "no"/],
  ["a hundred thousand brackets", "[".repeat(100_000), /a line is not JSON/],
];

/** Whole, or not at all: a front may look at any moment. */
function say(words: string, said: string | Buffer): void {
  writeFileSync(`${words}.new`, said);
  renameSync(`${words}.new`, words);
}

async function speaking(t: TestContext): Promise<{ server: Running; words: string }> {
  const folder = folderWith({ "say.mjs": SAY });
  const words = join(folder, "words");
  const env = { NODE_OPTIONS: `--import=${join(folder, "say.mjs")}`, WORDS: words };
  return { server: await serve(t, "basic", { env }), words };
}

// Fronts that die right after their start are started again after growing pauses, so a server has few of them.
for (let from = 0; from < wrong.length; from += 3) {
  test(`a front that sends garbage is replaced, and its master keeps running (${from})`, async (t) => {
    const { server, words } = await speaking(t);
    for (const [name, said, says] of wrong.slice(from, from + 3)) {
      await t.test(name, async () => {
        const { front } = server;
        say(words, Buffer.concat([Buffer.from(said), Buffer.from("\n")]));
        const killed = `front ${front} broke the protocol, killed: `;
        const { code } = await server.logged(
          ({ msg = "" }) => msg.startsWith(killed) && says.test(msg),
        );
        assert.equal(code, "QUINTET_PROTOCOL");
        const serves = (pid: number): boolean =>
          server.log().some(({ msg = "" }) => msg.startsWith(`front ${pid} serves, `));
        const next = (): number[] => frontsOf(server.pid).filter((pid) => pid !== front);
        await until(() => next().some(serves), "another front serves");
        assert.equal(await answers(server), true);
      });
    }
    assert.ok(
      !server.log().some(({ msg = "" }) => msg.startsWith("the master failed: ")),
      server.output(),
    );
  });
}

test("a master ignores unknown messages from a front of a later version", async (t) => {
  const { server, words } = await speaking(t);
  const { front } = server;
  say(words, '{"tell": "dance", "steps": 3}\n');
  await until(() => !existsSync(words), "it is told");
  say(words, '{"id": 4711, "ok": {}}\n');
  await until(() => !existsSync(words), "it is told");
  assert.equal(await answers(server), true);
  assert.equal(server.front, front);
});

/** On a connection of its own: one that is kept may be to a front that has been killed. */
async function answers({ port }: Running): Promise<boolean> {
  const client = await raw(port);
  client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  return (await client.closed()).text.startsWith("HTTP/1.1 200 OK");
}

/** A front whose master is this test. */
class Orphan {
  readonly child: ChildProcess;
  readonly line: Socket;
  output = "";
  said = "";

  constructor(t: TestContext) {
    const args = ["--python", python, "--log-format", "json", "--workers", "1", "basic"];
    const env = cleanEnvironment({ QUINTET_FRONT: JSON.stringify({ line: 3, listen: [] }) });
    const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
    this.child = spawn(process.execPath, [command, ...args], { cwd: apps, env, stdio: [...stdio] });
    this.line = this.child.stdio[3] as Socket;
    this.child.stdout?.on("data", (chunk) => (this.output += chunk));
    this.child.stderr?.on("data", (chunk) => (this.output += chunk));
    this.line.on("data", (chunk) => (this.said += chunk));
    this.line.on("error", () => {});
    t.after(() => this.child.kill("SIGKILL"));
  }

  order(more: object = {}): void {
    const share = { index: 0, of: 1 };
    const order = { protocol: 1, deployment: null, share, where: [], generation: 1, first: false };
    this.line.write(`${JSON.stringify({ do: "start", ...order, ...more })}\n`);
  }

  async says(fits: RegExp): Promise<void> {
    const what = (): string => `${fits} of ${this.said}\n${this.output}`;
    await until(() => fits.test(this.said), String(fits)).catch((error: Error) => {
      throw new Error(`${error.message}: ${what()}`);
    });
  }
}

const NONSENSE = [
  "null",
  "[]",
  "{}",
  '{"do": 7}',
  "\xff\xfe\0",
  "[".repeat(100_000),
  "x".repeat(17 * 1024 * 1024),
];
const WRONG: [order: string, says: RegExp][] = [
  ['{"id": 1, "do": "toString"}', /"id":1,"error":.*does not know \\"toString\\"/],
  ['{"id": 2, "do": "__proto__"}', /"id":2,"error":.*does not know \\"__proto__\\"/],
  ['{"id": 3, "do": "commit"}', /"id":3,"error":.*QUINTET_PROTOCOL.*generation is missing/],
  ['{"id": 4, "do": "commit", "generation": "x"}', /"id":4,"error":.*generation is \\"x\\"/],
  ['{"id": 5, "do": "scale", "workers": -1, "why": ""}', /"id":5,"error":.*workers is -1/],
  ['{"id": 6, "do": "scale", "workers": 1e999, "why": ""}', /"id":6,"error":.*workers is Infinity/],
  ['{"id": 7, "do": "scale", "workers": 2, "why": 1}', /"id":7,"error":.*why is 1/],
  ['{"id": 8, "do": "stop", "why": {}}', /"id":8,"error":.*why is an object/],
  ['{"id": [], "do": "ping"}', /"id":\[\],"ok"/],
];

test("a front keeps running whatever its master sends, before the start and after it", async (t) => {
  const front = new Orphan(t);
  for (const line of NONSENSE.slice(0, -1)) front.line.write(`${line}\n`, "latin1");
  front.order();
  await front.says(/"tell":"ready"/);
  for (const line of NONSENSE) front.line.write(`${line}\n`, "latin1");
  for (const [order, says] of WRONG) {
    front.line.write(`${order}\n`);
    await front.says(says);
  }
  front.line.write('{"id": 99, "do": "status"}\n');
  await front.says(/"id":99,"ok":.*"state":"running"/);
  const { pid } = front.child;
  const lines = front.output
    .split("\n")
    .filter((line) => line.includes("the master sent a line that is not an order"));
  assert.equal(lines.length, 2 * NONSENSE.length - 1, front.output);
  front.line.write('{"id": 100, "do": "stop", "why": "the end of the test"}\n');
  await until(() => front.child.exitCode !== null, `front ${pid} has stopped`);
  assert.equal(front.child.exitCode, 0);
});

for (const more of [
  { share: null },
  { where: [1] },
  { generation: "1" },
  { deployment: 5 },
  { first: 0 },
]) {
  const [field] = Object.keys(more);
  test(`an order to start with an invalid ${field} is refused by name`, async (t) => {
    const front = new Orphan(t);
    front.order(more);
    await front.says(
      new RegExp(`"tell":"failed".*QUINTET_PROTOCOL.*the order to start: ${field} is`),
    );
    await until(() => front.child.exitCode !== null, "it has ended");
    assert.equal(front.child.exitCode, 3);
  });
}
