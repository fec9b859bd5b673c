// Connections to the workers' socket that say no hello, or a wrong one.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { HELLO } from "../../src/wire/frames.ts";
import { bad, type Case, haveSaid, words, type Words } from "../../testing/garbage.ts";
import { type Running, start } from "../../testing/server.ts";

let server: Running;
before(async () => {
  server = await start("garbage", { args: ["--workers", "2"] });
});
after(() => server.stop());

const MINE = { id: "mine", token: "mine", pid: "mine", carries: "answers" };

function bytes(...say: Words["say"]): Words {
  return words(say, { to: "hello", next: "closed" });
}

function hello(more: Record<string, unknown>, next: Words["next"]): Words {
  return words([], { to: "hello", hello: { ...MINE, ...more }, next });
}

const closed: [name: string, words: Words][] = [
  ["bytes", bytes(Buffer.alloc(64, 255).toString("base64"))],
  ["a request of HTTP", bytes(Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("base64"))],
  ["an empty hello", bytes(bad(HELLO, "", { id: 0 }))],
  ["a hello that announces 4 GB", bytes(bad(HELLO, "", { id: 0, length: 0xff_ff_ff_ff }))],
  ["a hello that announces 5 KB", bytes(bad(HELLO, "", { id: 0, length: 5000 }))],
  ["a hello that is not JSON", bytes(bad(HELLO, "{", { id: 0 }))],
  ["a hello that is no UTF-8", bytes(bad(HELLO, Buffer.alloc(20, 0xc0), { id: 0 }))],
  ["a hello that is null", bytes(bad(HELLO, "null", { id: 0 }))],
  ["a hello that is a number", bytes(bad(HELLO, "7", { id: 0 }))],
  ["a hello that is a list", bytes(bad(HELLO, "[]", { id: 0 }))],
  ["an empty hello", bytes(bad(HELLO, "{}", { id: 0 }))],
  ["a frame that is no hello", bytes(bad(20, "{}", { id: 0 }))],
  ["another token", hello({ token: "0".repeat(32) }, "closed")],
  ["a token that is a list", hello({ token: [1] }, "closed")],
  ["a number that no worker has", hello({ id: 4711 }, "closed")],
  ["the number of what forks workers", hello({ id: 0 }, "closed")],
  ["a number that is none", hello({ id: { toString: 1 } }, "closed")],
];

for (const [name, order] of closed) {
  test(`a connection with ${name} is closed`, () =>
    haveSaid(server, { name, words: order, ends: "dropped", says: null }));
}

test("the log has these connections, at most once a second", async () => {
  const lines = server
    .log()
    .filter(({ msg }) => /connection to the workers' socket/.test(msg ?? ""));
  const [{ code }] = lines;
  assert.equal(code, "QUINTET_PROTOCOL");
  assert.ok(lines.length < closed.length - 3);
});

const killed: [name: string, words: Words, says: RegExp][] = [
  ["the pid 0", hello({ pid: 0 }, "wait"), /pid is 0/],
  ["the pid -1", hello({ pid: -1 }, "wait"), /pid is -1/],
  ["the pid 1.5", hello({ pid: 1.5 }, "wait"), /pid is 1.5/],
  ["the pid as a text", hello({ pid: "12" }, "wait"), /pid is "12"/],
  ["the pid of the front", hello({ pid: "front" }, "wait"), /pid is \d+/],
  [
    "the pid of another process",
    hello({ pid: 2 ** 22, carries: "lifeline" }, "wait"),
    /second hello|pid is 4194304/,
  ],
  ["what does not exist to carry", hello({ carries: "toString" }, "wait"), /carries is "toString"/],
  ["nothing to carry", hello({ carries: null }, "wait"), /carries is null/],
  ["answers once more", hello({}, "wait"), /second hello for answers/],
  ["requests once more", hello({ carries: "requests" }, "wait"), /second hello for requests/],
  ["its output once more", hello({ carries: "output" }, "wait"), /second hello for output/],
  ["orders to take", hello({ carries: "orders" }, "wait"), /takes orders/],
];

const elsewhere: typeof killed = [
  ["", words(["AAAA"], { to: "requests" }), /only receives \(requests\)/],
  ["", words(["AAAA"], { to: "lifeline" }), /only receives \(lifeline\)/],
];

for (const [name, order, says] of killed) {
  const each: Case = { name, words: order, ends: "killed", says };
  test(`a worker that says hello with ${name} is replaced`, () => haveSaid(server, each));
}

for (const [name, order, says] of elsewhere) {
  const each: Case = { name, words: order, ends: "killed", says };
  test(`a worker that sends on its connection for ${order.to} is replaced`, () =>
    haveSaid(server, each));
}

test("a worker that also writes garbage to its page costs no other worker a request", () => {
  const order = words([bad(99, "")], { to: "page", page: [0, 2 ** 52] });
  return haveSaid(server, { name: "", words: order, ends: "killed", says: /type 99/ });
});
