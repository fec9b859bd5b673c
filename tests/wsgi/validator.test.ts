import assert from "node:assert/strict";
import { test } from "node:test";
import { validator, WsgiViolation } from "quintet/validator";
import type { Environ, StartResponse, WsgiApplication } from "quintet/wsgi";
import { goodEnviron } from "../../testing/environ.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Run an application as a server does, to its end. */
async function drive(
  application: WsgiApplication,
  environ: Environ = goodEnviron(),
): Promise<string> {
  let text = "";
  const take = (data: Uint8Array): void => void (text += Buffer.from(data).toString());
  const startResponse: StartResponse = () => take;
  const result = validator(application)(environ, startResponse);
  try {
    for await (const data of result) take(data);
  } finally {
    await result.close?.();
  }
  return text;
}

const ok = (startResponse: StartResponse, headers: [string, string][] = []): void =>
  void startResponse("200 OK", headers);

test("applications that keep to the rules pass: lists, generators, async ones, write()", async () => {
  const good: [WsgiApplication, string][] = [
    [(_, start) => (ok(start), [bytes("list")]), "list"],
    [
      function* (_, start) {
        ok(start);
        yield bytes("one ");
        yield bytes("two");
      },
      "one two",
    ],
    [
      async function* (_, start) {
        ok(start, [["Content-Length", "5"]]);
        yield bytes("async");
      },
      "async",
    ],
    [(_, start) => (start("200 OK", [])(bytes("write")), []), "write"],
    [(_, start) => (start("204 No Content", []), []), ""],
  ];
  for (const [application, expected] of good) assert.equal(await drive(application), expected);
});

const START = "The start_response() Callable";
const DETAILS = "Specification Details";
const LENGTH = "Handling the Content-Length Header";
const wrong = (value: unknown): never => value as never;

const violations: [string, string, WsgiApplication][] = [
  ["never calls start_response", START, () => []],
  ["calls it twice", START, (_, start) => (ok(start), ok(start), [])],
  [
    "calls it anew, without excInfo, when it has thrown",
    START,
    (_, start) => {
      assert.throws(() => ok(start, [["A B", "1"]]), WsgiViolation);
      ok(start);
      return [];
    },
  ],
  ["sends a body before it", DETAILS, () => [bytes("early")]],
  ["gives a status without a phrase", START, (_, start) => (start("200", []), [])],
  ["gives a status that is a number", START, (_, start) => (start(wrong(200), []), [])],
  ["gives headers that are no array", START, (_, start) => (start("200 OK", wrong({})), [])],
  ["gives a header of three", START, (_, start) => (start("200 OK", wrong([["a", "b", "c"]])), [])],
  ["gives a value that is a number", START, (_, start) => (ok(start, wrong([["A", 1]])), [])],
  ["gives a name with a space", START, (_, start) => (ok(start, [["A B", "1"]]), [])],
  ["splits the response", START, (_, start) => (ok(start, [["A", "1\r\nB: 2"]]), [])],
  ["gives a value beyond latin-1", START, (_, start) => (ok(start, [["A", "\u20ac"]]), [])],
  ["sets a hop-by-hop header", START, (_, start) => (ok(start, [["Connection", "close"]]), [])],
  ["gives an excInfo that is no Error", START, (_, start) => (start("500 No", [], wrong("x")), [])],
  ["returns a string", DETAILS, (_, start) => (ok(start), wrong("text"))],
  ["returns bytes", DETAILS, (_, start) => (ok(start), wrong(bytes("b")))],
  [
    "returns a promise",
    DETAILS,
    wrong(async (_: unknown, start: StartResponse) => (ok(start), [])),
  ],
  ["returns nothing", DETAILS, (_, start) => (ok(start), wrong(undefined))],
  ["yields a string", DETAILS, (_, start) => (ok(start), wrong(["text"]))],
  [
    "writes a string",
    "The write() Callable",
    (_, start) => (start("200 OK", [])(wrong("text")), []),
  ],
  ["sends too much", LENGTH, (_, start) => (ok(start, [["Content-Length", "1"]]), [bytes("ab")])],
  ["sends too little", LENGTH, (_, start) => (ok(start, [["Content-Length", "3"]]), [bytes("ab")])],
  ["sends a body with 304", LENGTH, (_, start) => (start("304 Not Modified", []), [bytes("a")])],
  [
    "reads with two arguments",
    "Input and Error Streams",
    (environ) => wrong((environ["wsgi.input"]!.read as (...args: number[]) => unknown)(1, 2)),
  ],
  [
    "closes wsgi.input",
    "Input and Error Streams",
    (environ) => wrong((environ["wsgi.input"] as unknown as { close(): void }).close()),
  ],
];

for (const [what, section, application] of violations) {
  test(`an application that ${what} is told the section "${section}"`, async () => {
    await assert.rejects(drive(application), (error: WsgiViolation) => {
      assert.ok(error instanceof WsgiViolation, String(error));
      assert.equal(error.section, section);
      assert.match(error.message, /\(PEP 3333, "/);
      return true;
    });
  });
}

const environs: [string, Partial<Environ>][] = [
  ["no REQUEST_METHOD", { REQUEST_METHOD: undefined as never }],
  ["SCRIPT_NAME of a slash", { SCRIPT_NAME: "/" }],
  ["a PATH_INFO without a slash", { PATH_INFO: "a" }],
  ["neither SCRIPT_NAME nor PATH_INFO", { PATH_INFO: "" }],
  ["a CONTENT_LENGTH that is no number", { CONTENT_LENGTH: "x" }],
  ["HTTP_CONTENT_TYPE", { HTTP_CONTENT_TYPE: "text/plain" }],
  ["a variable that is no string", { X: 1 }],
  ["a variable beyond latin-1", { X: "\u20ac" }],
  ["no wsgi.input", { "wsgi.input": undefined as never }],
  ["no wsgi.errors", { "wsgi.errors": undefined as never }],
  ["no wsgi.multithread", { "wsgi.multithread": undefined as never }],
];

for (const [what, more] of environs) {
  test(`a server whose environ has ${what} is reported`, async () => {
    await assert.rejects(
      drive((_, start) => (ok(start), []), goodEnviron(more)),
      WsgiViolation,
    );
  });
}
