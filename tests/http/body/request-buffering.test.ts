import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { pieces, split } from "../../../testing/frames.ts";
import { parseResponses } from "../../../testing/http.ts";
import { serve } from "../../../testing/serve.ts";
import { runCommand } from "../../../testing/command.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

let server: Running;
before(async () => {
  const patterns = ["/*=false", "/buffered/*=true", "/buffered/but/*=no", "/täglich/facts=yes"];
  const args = patterns.flatMap((each) => ["--request-buffering", each]);
  server = await start("uploads", { args: ["--workers", "2", ...args] });
});
after(async () => {
  await server.stop();
});

/** Whether the body is buffered for a path: only then does a chunked body have a length. */
async function isBuffered(of: Running, path: string): Promise<boolean> {
  const connection = await raw(of.port);
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`;
  connection.write(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
  const { text } = await connection.closed();
  const facts = JSON.parse(parseResponses(text)[0]?.body as string) as {
    length: string | null;
    input: string;
    body: string;
  };
  assert.equal(facts.body, "hello");
  assert.equal(facts.input, facts.length === null ? "BufferedReader" : "BytesIO");
  return facts.length !== null;
}

test("the longest pattern that fits a path wins, however the path is written", async () => {
  for (const [path, buffered] of [
    ["/facts", false],
    ["/other/facts", false],
    ["/buffered/facts", true],
    ["/buffered/deep/er/facts?a=/other/", true],
    ["/buffered/but/facts", false],
    ["/%62uffered/facts", true],
    ["/buffered%2Ffacts", true],
    ["/%2562uffered/facts", false],
    ["/Buffered/facts", false],
    ["//buffered/facts", false],
    ["/other/../buffered/facts", false],
    ["/buffered/../other/facts", true],
    ["http://example.com/buffered/facts", true],
    ["/t%C3%A4glich/facts", true],
    ["/t%c3%a4glich/facts", true],
    ["/t%C3%A4glich/facts/facts", false],
  ] as const) {
    assert.equal(await isBuffered(server, path), buffered, path);
  }
});

test("by default every body is buffered; a variable or the config file can change that", async (t) => {
  const env = { QUINTET_REQUEST_BUFFERING: "/up/*=false, /up/but/facts=true" };
  const text = 'export default { requestBuffering: { "/up/*": false } };';
  const config = `${folderWith({ "own.config.ts": text })}/own.config.ts`;
  const [byDefault, byVariable, byFile, all] = await Promise.all([
    serve(t, "uploads"),
    serve(t, "uploads", { env }),
    serve(t, "uploads", { args: ["--config", config] }),
    serve(t, "uploads", { args: ["--request-buffering", "false"] }),
  ]);
  assert.ok(await isBuffered(byDefault, "/facts"));
  assert.ok(await isBuffered(byVariable, "/facts"));
  assert.ok(!(await isBuffered(byVariable, "/up/facts")));
  assert.ok(await isBuffered(byVariable, "/up/but/facts"));
  assert.ok(await isBuffered(byFile, "/facts"));
  assert.ok(!(await isBuffered(byFile, "/up/facts")));
  assert.ok(!(await isBuffered(all, "/facts")));
});

test("an invalid pattern or value is named", async () => {
  const cases: [value: string, message: RegExp][] = [
    ["maybe", /--request-buffering: requestBuffering is "maybe"; it must be true or false/],
    ["/upload/*=maybe", /requestBuffering is "maybe"; it must be true or false/],
    ["upload/*=false", /requestBuffering is "upload\/\*"; it must be set for a path such as/],
    ["/a/*/b=false", /requestBuffering is "\/a\/\*\/b"; it must be set for a path such as/],
  ];
  const refusals = cases.map(async ([value, message]) => {
    const result = await runCommand(["--request-buffering", value, "uploads"]);
    assert.equal(result.code, 3);
    assert.match(result.stderr, message);
  });
  await Promise.all(refusals);
});

type Call = [name: string, ...sizes: number[]];

const size = fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 40 }), fc.nat(100_000));
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(fc.constantFrom("read", "readline", "readlines"), size),
  fc.tuple(fc.constant("iterate"), fc.nat(5)),
  fc.constantFrom<Call>(["read"], ["readline"], ["readlines"]),
);
const line = fc.oneof(fc.nat(20), fc.nat(3000), fc.integer({ min: 60_000, max: 140_000 }));

test("every way of reading gives the same as io.BytesIO, however the body arrives", async () => {
  const property = fc.asyncProperty(
    fc.array(line, { maxLength: 8 }),
    fc.boolean(),
    fc.array(call, { minLength: 1, maxLength: 12 }),
    pieces,
    async (lines, ends, calls, cuts) => {
      const text = lines.map((length, at) => String.fromCharCode(97 + at).repeat(length));
      const body = text.join("\n") + (ends ? "\n" : "");
      const query = new URLSearchParams({ do: JSON.stringify(calls) }).toString();
      const answers: (string | undefined)[] = [];
      for (const path of ["/methods", "/buffered/methods"]) {
        const connection = await raw(server.port);
        connection.write(`POST ${path}?${query} HTTP/1.1\r\nHost: a\r\n`);
        connection.write("Transfer-Encoding: chunked\r\n\r\n");
        for (const piece of split(
          Buffer.from(body),
          cuts.map((cut) => cut + 100),
        )) {
          connection.write(`${piece.length.toString(16)}\r\n${piece.toString()}\r\n`);
          await new Promise(setImmediate);
        }
        connection.write("0\r\n\r\n");
        const whole = (got: string): boolean => parseResponses(got).length === 1;
        answers.push(parseResponses(await connection.receives(whole))[0]?.body);
        connection.destroy();
      }
      assert.equal(answers[0], answers[1]);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});
