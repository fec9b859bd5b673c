// A worker that runs TypeScript and sends what it may not: to the front, and to a Python server around it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { write } from "../../testing/frames.ts";
import { numbers, response } from "../../testing/garbage.ts";
import { apps } from "../../testing/paths.ts";
import { servePython, wsgiPy } from "../../testing/python-server.ts";
import { serve } from "../../testing/serve.ts";
import { until } from "../../testing/wait.ts";
import * as frames from "../../src/wire/frames.ts";

const file = join(apps, "ts", "garbage.ts");
const { ANSWER, CALL, CALL_CREDIT, CALL_GONE, DATA, END, HANDBACK, LOG, READY } = frames;

function frame(type: number, payload: Buffer | string = ""): Buffer {
  return write([{ type, flags: 0, id: 0, payload: Buffer.from(payload) }]);
}

function call(target: string, environ: string, length = environ.length): Buffer {
  return numbers([0, target.length, length], target + environ);
}

const wrong: [name: string, words: Buffer, says: RegExp][] = [
  ["bytes", Buffer.alloc(40, 255), /a frame of type 255/],
  [
    "a frame of 4 GB",
    Buffer.from([255, 255, 255, 255, 0, 0, 0, 0, CALL, 0, 0, 0]),
    /type 30 that is 4294967295/,
  ],
  ["an answer with a 101", frame(ANSWER, response("101 Switching Protocols")), /101 Switching|1xx/],
  [
    "an answer with a line end",
    frame(ANSWER, response("200 OK\0A\0b\r\nc")),
    /value "b|control character/,
  ],
  ["an answer of no bytes", frame(ANSWER), /response of 0 bytes/],
  ["DATA before a head", frame(DATA, "data"), /DATA before START|type 22 before the head/],
  ["END of 3 bytes", frame(END, "abc"), /of 3 bytes/],
  ["a HANDBACK", frame(HANDBACK), /hands back|type 25/],
  ["a record that is null", frame(LOG, "null"), /LOG is null/],
  ["READY once more", frame(READY, "{}"), /a second time|type 17/],
  ["a CALL of 11 bytes", frame(CALL, Buffer.alloc(11)), /CALL of 11 bytes/],
  ["a CALL longer than its frame", frame(CALL, call("basic", "", 1000)), /longer than its frame/],
  ["a CALL without a method", frame(CALL, call("basic", "A\0b\0")), /malformed environ/],
  [
    "a CALL with half a pair",
    frame(CALL, call("basic", "REQUEST_METHOD\0GET")),
    /malformed environ/,
  ],
  ["CALL_CREDIT of 5 bytes", frame(CALL_CREDIT, "12345"), /of 5 bytes|type 31/],
  ["CALL_GONE with something in it", frame(CALL_GONE, "1"), /type 32|CALL_GONE of 1/],
];

async function say(url: string, words: Buffer): Promise<void> {
  const answer = await fetch(url, { method: "POST", body: new Uint8Array(words) });
  const text = await answer.text();
  assert.equal(answer.status, 502, text);
  assert.match(text, /QUINTET_PROTOCOL/);
}

test("a TypeScript worker that breaks the protocol is replaced, and the front keeps running", async (t) => {
  const server = await serve(t, file);
  const { front } = server;
  for (const [name, words, says] of wrong) {
    await t.test(name, async () => {
      await say(server.url, words);
      await server.logged(({ code, msg }) => code === "QUINTET_PROTOCOL" && says.test(msg ?? ""));
      assert.equal(await (await fetch(server.url)).text(), "fine\n");
      assert.equal(server.front, front);
    });
  }
});

async function inPython(t: TestContext, name: "waitress" | "gunicorn sync"): Promise<void> {
  const server = await servePython(t, name, wsgiPy(file));
  for (const [what, words, says] of wrong) {
    await t.test(what, async () => {
      await say(server.url, words);
      await until(() => says.test(server.output()), `the log says ${says}`);
      assert.equal(await (await fetch(server.url)).text(), "fine\n");
    });
  }
  assert.doesNotMatch(server.output(), /Traceback/);
}

for (const name of ["waitress", "gunicorn sync"] as const) {
  test(`below ${name} a Node that breaks the protocol is replaced, and its request gets 502`, (t) =>
    inPython(t, name));
}
