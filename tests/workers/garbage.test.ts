// Frames that our workers never send.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import * as frames from "../../src/wire/frames.ts";
import { bad, haveSaid, numbers, response, words } from "../../testing/garbage.ts";
import { apps, python } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";

const OK = "200 OK\0Content-Type\0text/plain";
const { ANSWER, START, DATA, END, ABORT, FILE, HANDBACK, LOG, BODY_WANTED } = frames;

const killed: [name: string, say: Parameters<typeof words>[0], says: RegExp][] = [
  // No frame.
  ["bytes without a meaning", [Buffer.alloc(64, 255).toString("base64")], /frame of type 255/],
  ["a text", [Buffer.from("HTTP/1.1 200 OK\r\n\r\n").toString("base64")], /frame of type/],
  [
    "an answer that announces 4 GB",
    [bad(ANSWER, "", { length: 0xff_ff_ff_ff })],
    /type 20 that is 4294967295/,
  ],
  [
    "a call that announces 4 GB",
    [bad(frames.CALL, "", { length: 0xff_ff_ff_ff })],
    /type 30 that is 4294967295/,
  ],
  [
    "a record for the log of 2 MB",
    [bad(LOG, Buffer.alloc(2 * 1024 * 1024, 32))],
    /type 26 that is 2097152/,
  ],
  ["an END that announces 1000 bytes", [bad(END, "", { length: 1000 })], /type 23 that is 1000/],
  ["a type that there is not", [bad(99, "")], /frame of type 99/],
  ["the type 0", [bad(0, "")], /frame of type 0/],
  ["a frame of the front's", [bad(frames.REQUEST, numbers([0]))], /frame of type 1/],
  ["a frame of a zygote's", [bad(frames.FORKED, { id: 1, pid: 2 })], /frame of type 19/],
  ["a hello where answers go", [bad(frames.HELLO, { id: 1 })], /frame of type 16/],
  // Of whom.
  [
    "an answer to a request that it does not have",
    [bad(ANSWER, response(OK), { id: 4_000_000_000 })],
    /request 4000000000/,
  ],
  ["an answer to the request 0", [bad(ANSWER, response(OK), { id: 0 })], /request 0/],
  [
    "an answer to a request of the past",
    [bad(ANSWER, response(OK), { behind: -1 })],
    /about request/,
  ],
  // Too short.
  ["an empty answer", [bad(ANSWER, "")], /response of 0 bytes/],
  ["an answer of 7 bytes", [bad(ANSWER, Buffer.alloc(7))], /response of 7 bytes/],
  [
    "a head that is longer than its frame",
    [bad(ANSWER, numbers([0, 0xff_ff_ff_ff], "x"))],
    /longer than its frame/,
  ],
  ["an empty START", [bad(START, "")], /response of 0 bytes/],
  ["an empty FILE", [bad(FILE, "")], /response of 0 bytes/],
  ["a FILE of 39 bytes", [bad(FILE, Buffer.alloc(39))], /response of 39 bytes/],
  ["an empty BODY_WANTED", [bad(BODY_WANTED, "")], /BODY_WANTED of 0 bytes/],
  [
    "a HANDBACK with something in it",
    [bad(HANDBACK, "", { length: 4 }), "AAAAAA=="],
    /type 25 that is 4|HANDBACK of 4/,
  ],
  // Order.
  ["DATA before a head", [bad(DATA, "data")], /DATA before START/],
  ["END before a head", [bad(END, numbers([1]))], /END before START/],
  ["ABORT before a head", [bad(ABORT, numbers([1]))], /ABORT before START/],
  ["a HANDBACK of what runs", [bad(HANDBACK, "")], /hands back request/],
  [
    "a HANDBACK of what was never sent",
    [bad(HANDBACK, "", { id: 77_777 })],
    /hands back request 77777/,
  ],
  ["BODY_WANTED for a body that it has", [bad(BODY_WANTED, numbers([10]))], /whose body it has/],
  // JSON.
  ["an empty record for the log", [bad(LOG, "")], /LOG is not JSON/],
  ["a record that is null", [bad(LOG, "null")], /LOG is null/],
  ["a record that is a list", [bad(LOG, "[1]")], /LOG is a list/],
  ["a record that is a number", [bad(LOG, "1e400")], /LOG is null|LOG is Infinity/],
  ["a record without a text", [bad(LOG, { level: "error" })], /text is missing/],
  [
    "a record with a text that is none",
    [bad(LOG, { level: "error", text: {} })],
    /text is an object/,
  ],
  ["a record that is not whole", [bad(LOG, '{"level": "error", "te')], /LOG is not JSON/],
  ["a hundred thousand brackets", [bad(LOG, "[".repeat(100_000))], /LOG is not JSON/],
  ["READY a second time", [bad(frames.READY, { runtime: "Python" })], /a second time/],
  ["FAILED after READY", [bad(frames.FAILED, "null")], /a second time/],
  // Calls: only a worker that is Node makes them.
  [
    "a call of a Python worker",
    [bad(frames.CALL, numbers([0, 1, 19], "xREQUEST_METHOD\0GET\0"))],
    /cannot call another application/,
  ],
  ["a call of 11 bytes", [bad(frames.CALL, Buffer.alloc(11))], /CALL of 11 bytes/],
  [
    "a call that is longer than its frame",
    [bad(frames.CALL, numbers([0, 0xff_ff_ff_ff, 0xff_ff_ff_ff]))],
    /longer than its frame/,
  ],
  [
    "a call without a method",
    [bad(frames.CALL, numbers([0, 1, 4], "xa\0b\0"))],
    /malformed environ/,
  ],
  ["CALL_CREDIT of 3 bytes", [bad(frames.CALL_CREDIT, "abc")], /CALL_CREDIT of 3 bytes/],
  ["CALL_FAILED, which is the front's to say", [bad(frames.CALL_FAILED, "{}")], /type 33/],
];

let server: Running;
before(async () => {
  server = await start("garbage", { args: ["--workers", "2"] });
});
after(() => server.stop());

for (const [name, say, says] of killed) {
  test(`a worker that sends ${name} is replaced, and the front keeps running`, () =>
    haveSaid(server, { name, words: words(say), says, ends: "killed" }));
}

test("in a user's own program such a worker ends neither the program nor its application", async (t) => {
  const options = { project: apps, python, workers: 1, logLevel: "error" } as const;
  const application = getPythonApplication("garbage", options);
  t.after(() => application.close());
  for (const say of [[bad(99, "")], [bad(FILE, "")], [bad(LOG, "null")]]) {
    const body = JSON.stringify(words(say));
    const answer = await application.fetch(new Request("http://a/say", { method: "POST", body }));
    assert.equal(answer.status, 502);
    assert.match(await answer.text(), /QUINTET_PROTOCOL, request \w+/);
    assert.equal((await application.fetch(new Request("http://a/pid"))).status, 200);
  }
});
