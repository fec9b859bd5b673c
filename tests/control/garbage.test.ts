// What comes over the control socket and is no question, with a master (Python) and without one (Node).
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { control, runCommand } from "../../testing/command.ts";
import { apps } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";
import { raw, type RawConnection } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";
import { statusOf } from "../../testing/status.ts";

const servers: Record<string, Running> = {};
before(async () => {
  [servers["a master"], servers["no master"]] = await Promise.all([
    start("basic", { args: ["--workers", "1"] }),
    start(join(apps, "ts", "basic.ts"), {
      args: ["--workers", "1"],
      searchPython: true,
      env: { PATH: "/nonexistent" },
    }),
  ]);
});
after(() => Promise.all(Object.values(servers).map((server) => server.stop())));

const scale = (workers: unknown): string => `${JSON.stringify({ do: "scale", workers })}\n`;
const BROKEN = /^\{"error":\s*\{"code":\s*"QUINTET_PROTOCOL"/;
const UNKNOWN = /"code":\s*"QUINTET_CONTROL".*does not know/;
const NO_NUMBER = /"code":\s*"QUINTET_CONTROL".*The number of workers must be from 1 to 1024, not/;

const lines: [name: string, said: string | Buffer, answer: RegExp][] = [
  ["an empty line", "\n", BROKEN],
  ["null", "null\n", BROKEN],
  ["a number", "7\n", BROKEN],
  ["a list", "[]\n", BROKEN],
  ["a text", '"status"\n', BROKEN],
  ["a word", "status\n", BROKEN],
  ["a request of HTTP", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", BROKEN],
  ["bytes", Buffer.from([0xff, 0xfe, 0x00, 0xc0, 0x0a]), BROKEN],
  ["half an object", '{"do": "sta\n', BROKEN],
  ["thirty thousand brackets", `${"[".repeat(30_000)}\n`, BROKEN],
  ["thirty thousand objects in each other", `${'{"do":'.repeat(10_000)}\n`, BROKEN],
  ["a line of 1 MB", `${"x".repeat(1024 * 1024)}\n`, BROKEN],
  ["a line of 1 MB that never ends", "x".repeat(1024 * 1024), BROKEN],
  ["a question of 1 MB", `{"do": "status", "x": "${"x".repeat(1024 * 1024)}"}\n`, BROKEN],
  ["an empty object", "{}\n", UNKNOWN],
  ["nothing to do", '{"do": null}\n', UNKNOWN],
  ["a number to do", '{"do": 7}\n', UNKNOWN],
  ["a list to do", '{"do": ["status"]}\n', UNKNOWN],
  ["what every object has", '{"do": "toString"}\n', UNKNOWN],
  ["what every object has, once more", '{"do": "__proto__"}\n', UNKNOWN],
  ["what a method is called", '{"do": "_status"}\n', UNKNOWN],
  ["no number of workers", '{"do": "scale"}\n', NO_NUMBER],
  ["0 workers", scale(0), NO_NUMBER],
  ["-5 workers", scale(-5), NO_NUMBER],
  ["half a worker", scale(0.5), NO_NUMBER],
  ["a milliard workers", scale(1e9), NO_NUMBER],
  ["more than any number", '{"do": "scale", "workers": 1e999}\n', NO_NUMBER],
  ["a text for a number", scale("2"), NO_NUMBER],
  ["true for a number", scale(true), NO_NUMBER],
  ["a list for a number", scale([2]), NO_NUMBER],
];

for (const who of ["a master", "no master"]) {
  const serverOf = (): Running => servers[who] as Running;
  const ask = () => raw(join(control, `${serverOf().pid}.sock`));

  async function goesOn(): Promise<void> {
    const status = await statusOf(serverOf());
    assert.equal(status?.pid, serverOf().pid);
    assert.equal(status?.fronts[0]?.pools[0]?.wanted, 1);
    assert.equal((await fetch(serverOf().url)).status, 200);
  }

  for (const [name, said, answer] of lines) {
    test(`a control socket of a server with ${who} that is told ${name} says that it is wrong`, async () => {
      const client = await ask();
      client.write(said);
      const { text } = await client.closed();
      // What was not read when it was closed may have reset the connection, and the answer with it.
      if (text !== "" || said.length < 65_536) assert.match(text, answer);
      assert.equal(text.split("\n").length, text === "" ? 1 : 2, "there is one answer");
      assert.doesNotMatch(text, /Traceback|\s{4}at /);
      await goesOn();
    });
  }

  test(`a server with ${who} logs an invalid question`, () => {
    const fits = (line: { code?: string; msg?: string }): boolean =>
      line.code === "QUINTET_PROTOCOL" &&
      /connection to the control socket is closed/.test(line.msg ?? "");
    assert.ok(serverOf().log().some(fits));
    assert.ok(
      !serverOf()
        .log()
        .some(({ msg }) => msg?.startsWith("the master failed: ")),
    );
  });

  test(`a server with ${who} answers one question, and no second one of the same connection`, async () => {
    const client = await ask();
    client.write('{"do": "status"}\n{"do": "status"}\n{"do": "stop"}\nnull\n');
    const { text } = await client.closed();
    assert.match(text, /^\{"ok":.*\n$/);
    await goesOn();
  });

  test(`a server with ${who} understands a question that arrives byte by byte`, async () => {
    const client = await ask();
    for (const byte of '{"do": "status"}\n') {
      client.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.match((await client.closed()).text, /^\{"ok":.*\n$/);
  });

  test(`a server with ${who} does not wait forever for a question`, async () => {
    const silent = await ask();
    const halting = await ask();
    halting.write('{"do":');
    await Promise.all([silent.closed(), halting.closed()]);
    await goesOn();
  });

  test(`a server with ${who} still answers commands after a hundred silent connections`, async () => {
    const silent: RawConnection[] = [];
    while (silent.length < 60) silent.push(await ask());
    // All of them are accepted when this is answered, and there is room for more that wait for that.
    await goesOn();
    while (silent.length < 100) silent.push(await ask());
    for (const each of silent) each.destroy();
    await goesOn();
  });
}

const GOOD = {
  pid: 1,
  target: "x",
  folder: "/",
  bind: [],
  state: "running",
  uptime: 1,
  fronts: [],
};
const answers: [name: string, said: string, says: RegExp][] = [
  ["null", "null\n", /a line is null, not an object/],
  ["a word", "garbage\n", /a line is not JSON: "garbage"/],
  ["nothing", "{}\n", /its answer: error is missing/],
  ["an error that is none", '{"error": 5}\n', /its answer: error is 5/],
  ["an error without a message", '{"error": {"code": "X"}}\n', /its answer: message is missing/],
  ["a status that is null", '{"ok": null}\n', /its status is null/],
  ["a status of nothing", '{"ok": {}}\n', /its status: pid is missing/],
  [
    "fronts that are none",
    `${JSON.stringify({ ok: { ...GOOD, fronts: [null] } })}\n`,
    /fronts is a list/,
  ],
  ["bytes that a terminal obeys", "\x1b[2J\x9b31m\n", /a line is not JSON: "\\u001b\[2J/],
  ["17 MB", `${"x".repeat(17 * 1024 * 1024)}\n`, /a line is longer than/],
];
for (const [name, said, says] of answers) {
  test(`quintet status that is answered ${name} says so`, async (t) => {
    const folder = folderWith();
    chmodSync(folder, 0o700);
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end(said);
    });
    server.listen(join(folder, "4711.sock"));
    await once(server, "listening");
    t.after(() => server.close());
    const { code, stdout, stderr } = await runCommand(["status"], {
      env: { QUINTET_CONTROL: folder },
    });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^quintet: Cannot reach the server at .*4711\.sock: /);
    assert.match(stderr, says);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(stderr, /\n {4}at |[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
}
