// Responses that our workers never send: invalid in HTTP, or such that a client would read two of them.
import { after, before, test } from "node:test";
import * as frames from "../../src/wire/frames.ts";
import { bad, type Case, haveSaid, numbers, response, words } from "../../testing/garbage.ts";
import { type Running, start } from "../../testing/server.ts";

const OK = "200 OK\0Content-Type\0text/plain";
const { ANSWER, START, DATA, END, FILE, HANDBACK } = frames;

/** FILE: microseconds, length of head, position, length, device, inode. */
function file(
  head: string,
  path: string | Buffer,
  more: Partial<Record<string, bigint>> = {},
): Buffer {
  const facts = Buffer.alloc(40);
  facts.writeUInt32LE(head.length, 4);
  for (const [index, name] of ["position", "length", "device", "inode"].entries()) {
    facts.writeBigUInt64LE(more[name] ?? (name === "length" ? 5n : 0n), 8 + index * 8);
  }
  return Buffer.concat([facts, Buffer.from(head, "latin1"), Buffer.from(path)]);
}

const FIVE = `${OK}\0Content-Length\x005`;

const killed: [name: string, say: Parameters<typeof words>[0], says: RegExp][] = [
  // Heads.
  ["an answer without a status", [bad(ANSWER, response(""))], /the status ""/],
  ["a status that is no number", [bad(ANSWER, response("2x0 OK"))], /status "2x0 OK"/],
  ["a status of two digits", [bad(ANSWER, response("20"))], /status "20"/],
  ["a status without a space", [bad(ANSWER, response("200OK"))], /status "200OK"/],
  ["a status of 000", [bad(ANSWER, response("000 Nothing"))], /status "000 Nothing"/],
  ["100 as an answer", [bad(ANSWER, response("100 Continue"))], /status "100 Continue"/],
  [
    "101 as an answer",
    [bad(ANSWER, response("101 Switching Protocols\0Upgrade\0x"))],
    /status "101/,
  ],
  ["103 as the begin of an answer", [bad(START, response("103 Early Hints"))], /status "103/],
  [
    "a phrase with a line end",
    [bad(ANSWER, response("200 OK\r\nSet-Cookie: a=1"))],
    /status "200 OK/,
  ],
  ["a phrase with an escape", [bad(ANSWER, response("200 \x1b[31mOK"))], /status "200/],
  [
    "a value with a line end",
    [bad(ANSWER, response(`${OK}\0X-Split\0a\r\nSet-Cookie: a=1`))],
    /a head has the value/,
  ],
  [
    "a name with a colon",
    [bad(ANSWER, response(`${OK}\0X-Split: a\0b`))],
    /header name "X-Split: a"/,
  ],
  ["an empty name", [bad(ANSWER, response(`${OK}\0\0b`))], /header name ""/],
  ["a name beyond ASCII", [bad(ANSWER, response(`${OK}\0X-\xe4\0b`))], /header name/],
  ["a name without a value", [bad(ANSWER, response(`${OK}\0X-Alone`))], /without a value/],
  [
    "Transfer-Encoding",
    [bad(ANSWER, response(`${OK}\0Transfer-Encoding\0chunked`, "0\r\n\r\n"))],
    /Transfer-Encoding/,
  ],
  [
    "Connection",
    [bad(ANSWER, response(`${OK}\0connection\0close`))],
    /connection, which is the server's/,
  ],
  [
    "a Content-Length that is none",
    [bad(ANSWER, response(`${OK}\0Content-Length\x005x`, "12345"))],
    /"5x"/,
  ],
  ["a negative Content-Length", [bad(ANSWER, response(`${OK}\0content-length\0-5`))], /"-5"/],
  [
    "two of them",
    [bad(ANSWER, response(`${FIVE}\0content-length\x004`, "12345"))],
    /two Content-Length/,
  ],
  // Bodies.
  [
    "an answer with more than its Content-Length",
    [bad(ANSWER, response(FIVE, "123456"))],
    /6 bytes and a Content-Length of 5/,
  ],
  [
    "an answer with less",
    [bad(ANSWER, response(FIVE, "1234"))],
    /4 bytes and a Content-Length of 5/,
  ],
  [
    "a START with more than its Content-Length",
    [bad(START, response(FIVE, "12345HTTP/1.1 200 OK"))],
    /15 bytes more than/,
  ],
  ["a 204 with a body", [bad(ANSWER, response("204 No Content", "body"))], /204 with 4 bytes/],
  [
    "a 304 that begins a body",
    [bad(START, response("304 Not Modified", "b"))],
    /1 bytes more than/,
  ],
  // Files.
  ["a FILE without a path", [bad(FILE, file(FIVE, ""))], /no path/],
  ["a FILE with NUL in its path", [bad(FILE, file(FIVE, "/etc/passwd\0.txt"))], /no path/],
  [
    "a FILE with a path of 10 KB",
    [bad(FILE, file(FIVE, "/a".repeat(5000)))],
    /path of 10000 bytes/,
  ],
  [
    "a FILE that begins at 2^63",
    [bad(FILE, file(FIVE, "/etc/passwd", { position: 2n ** 63n }))],
    /beyond the end of any file/,
  ],
  [
    "a FILE of 2^64 - 1 bytes",
    [bad(FILE, file(FIVE, "/etc/passwd", { length: 2n ** 64n - 1n }))],
    /beyond the end of any file/,
  ],
  ["a FILE of no bytes", [bad(FILE, file(FIVE, "/etc/passwd", { length: 0n }))], /no bytes/],
  [
    "a FILE with another Content-Length",
    [bad(FILE, file(FIVE, "/etc/passwd", { length: 6n }))],
    /6 bytes and a Content-Length of 5/,
  ],
  [
    "two FILEs",
    [bad(FILE, file(FIVE, "/etc/passwd")), bad(FILE, file(FIVE, "/etc/passwd"))],
    /answered with a file/,
  ],
  [
    "data behind a FILE",
    [bad(FILE, file(FIVE, "/etc/passwd")), bad(DATA, "12345")],
    /answered with a file/,
  ],
];

const cut: typeof killed = [
  [
    "data of 1 MB in one frame",
    [bad(START, response(OK)), bad(DATA, Buffer.alloc(1024 * 1024))],
    /type 22 that/,
  ],
  [
    "a second head",
    [bad(START, response(OK, "begun")), bad(START, response(OK))],
    /START after START/,
  ],
  [
    "a whole answer behind a head",
    [bad(START, response(OK, "begun")), bad(ANSWER, response(OK))],
    /ANSWER after START/,
  ],
  [
    "a FILE behind a head",
    [bad(START, response(OK, "begun")), bad(FILE, file(FIVE, "/etc/passwd"))],
    /FILE after START/,
  ],
  [
    "END with too little",
    [bad(START, response(FIVE, "1234")), bad(END, numbers([1]))],
    /1 bytes of its Content-Length/,
  ],
  [
    "DATA beyond Content-Length",
    [bad(START, response(FIVE, "1234")), bad(DATA, "5HTTP/1.1 200 OK\r\n")],
    /17 bytes more than/,
  ],
  ["END of 3 bytes", [bad(START, response(OK, "begun")), bad(END, "abc")], /END of 3 bytes/],
  [
    "no frame behind a head",
    [bad(START, response(OK, "begun")), Buffer.alloc(64, 255).toString("base64")],
    /type 255/,
  ],
  [
    "a HANDBACK of what has begun its answer",
    [bad(START, response(OK, "begun")), bad(HANDBACK, "")],
    /hands back/,
  ],
];

const cases: Case[] = [
  ...killed.map(([name, say, says]) => ({
    name,
    words: words(say),
    says,
    ends: "killed" as const,
  })),
  ...cut.map(([name, say, says]) => ({ name, words: words(say), says, ends: "cut" as const })),
];

let server: Running;
before(async () => {
  server = await start("garbage", { args: ["--workers", "2"] });
});
after(() => server.stop());

for (const each of cases) {
  test(`a worker that sends ${each.name} is replaced, and the front keeps running`, () =>
    haveSaid(server, each));
}
