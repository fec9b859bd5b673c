// The readers of all protocols, in both languages: they understand any input, or refuse it with a named error.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { LineReader } from "../../src/master/json-lines.ts";
import type { QuintetError } from "../../src/shared/errors.ts";
import * as frames from "../../src/wire/frames.ts";
import { readHello } from "../../src/wire/hello.ts";
import type { Hello } from "../../src/wire/json-messages.ts";
import { bytes, type Frame, pieces, split, twin, write } from "../../testing/frames.ts";
import { runs } from "../../testing/fuzz.ts";
import { numbers } from "../../testing/garbage.ts";

interface Found {
  seen: unknown[];
  error: string | null;
  crash: string | null;
}

/** So many cases, split each in its own way, and what a reader in Python makes of them. */
async function inPython(
  reader: string,
  cases: fc.Arbitrary<Buffer>,
  count: number,
): Promise<{ data: Buffer; found: Found }[]> {
  const { numRuns, seed } = runs(count);
  const all = fc.sample(fc.tuple(cases, pieces), { numRuns, seed });
  const sent = all.map(([data, cuts]) => split(data, cuts));
  const found = (await twin(reader, sent, [], "readers_twin.py")) as Found[];
  for (const [index, { crash }] of found.entries()) {
    const text = `FUZZ_SEED=${seed}, case ${index}: ${sent[index]?.map((each) => each.toString("hex"))}`;
    assert.equal(crash, null, text);
  }
  assert.ok(found.some(({ error }) => error !== null));
  assert.ok(found.some(({ seen }) => seen.length > 0));
  return found.map((each, index) => ({ data: all[index]?.[0] as Buffer, found: each }));
}

const json = fc.json({ maxDepth: 3 });
/** JSON, and what it becomes when somebody meddles with it. */
const spoiled = fc
  .tuple(
    json,
    fc.nat(),
    fc.constantFrom("", "[", "}", '"', "\\", ",", "\u2028", "\ud800", "NaN", "1e999", "\t"),
  )
  .map(([text, at, put]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place + 1);
  });
const field = fc.oneof(
  json.map((text) => JSON.parse(text) as unknown),
  fc.constantFrom(1, "", null, {}),
);

function framesOf(types: number[], payload: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const frame: fc.Arbitrary<Frame> = fc.record(
    {
      type: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...types) },
        fc.integer({ min: 0, max: 255 }),
      ),
      flags: fc.integer({ min: 0, max: 3 }),
      id: fc.integer({ min: 0, max: 4 }),
      payload,
    },
    { noNullPrototype: true },
  );
  const part = fc.oneof(
    { weight: 9, arbitrary: frame.map((each) => write([each])) },
    bytes(30),
    fc.constant(Buffer.alloc(12, 255)),
  );
  return fc.array(part, { maxLength: 8 }).map((parts) => Buffer.concat(parts));
}

test("a worker in Python reads the requests that it is sent, or ends", async () => {
  const environ = fc.constantFrom("REQUEST_METHOD\0GET\0", "REQUEST_METHOD", "", "\0\0\0");
  const request = fc
    .tuple(
      environ,
      fc.oneof(bytes(20), fc.constantFrom(Buffer.from("/dev/null"), Buffer.from("a\0b"))),
    )
    .map(([text, body]) => numbers([text.length], Buffer.concat([Buffer.from(text), body])));
  const payload = fc.oneof(
    request,
    bytes(8),
    fc.nat(9).map((each) => numbers([each])),
    fc.constant(Buffer.alloc(0)),
  );
  const { REQUEST, CREDIT, GONE, BODY, BODY_END, BODY_GONE, FILE_TAKEN, INTERRUPT } = frames;
  const types = [
    REQUEST,
    REQUEST,
    REQUEST,
    CREDIT,
    GONE,
    BODY,
    BODY_END,
    BODY_GONE,
    FILE_TAKEN,
    INTERRUPT,
  ];
  await inPython("requests", framesOf(types, payload), 1500);
});

test("the zygote ends if it gets an order that it does not understand", async () => {
  const order = fc
    .record({ id: field, target: field })
    .map((each) => Buffer.from(JSON.stringify(each)));
  const payload = fc.oneof(
    order,
    spoiled.map((text) => Buffer.from(text)),
    bytes(40),
  );
  await inPython("orders", framesOf([frames.FORK], payload), 1500);
});

const line = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(fc.string(), field).map((each) => JSON.stringify(each)) },
  spoiled,
  json,
  fc.constantFrom("", " ", "{} ", "[".repeat(1500), "x".repeat(3000), '{"a":'.repeat(300)),
);
const lines = fc
  .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom("\n", ""))
  .map(([all, last]) => Buffer.from(all.join("\n") + last));

/** Objects whose keys are in no order of their own, and numbers that know one zero. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value === 0 ? 0 : value;
  return Object.entries(value)
    .map(([key, each]) => [key, canonical(each)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

test("both languages read a line alike, or both refuse it", async () => {
  for (const { data, found } of await inPython("lines", lines, 1500)) {
    const seen: unknown[] = [];
    let broken: QuintetError | null = null;
    const reader = new LineReader(
      {
        received: (value) => (broken === null ? void seen.push(value) : undefined),
        broken: (error) => void (broken ??= error as QuintetError),
      },
      2000,
    );
    reader.push(data.toString());
    const what = data.toString();
    assert.equal(broken === null, found.error === null, `${what}: ${broken} and ${found.error}`);
    if (!JSON.stringify(found.seen).includes("no finite number"))
      assert.deepEqual(canonical(seen), canonical(found.seen), what);
  }
});

test("lines are the same however they are split, each an object or an error by name", () => {
  const read = (parts: string[]): unknown[] => {
    const seen: unknown[] = [];
    const reader = new LineReader(
      {
        received: (value) => void seen.push(value),
        broken: (error) => void seen.push((error as QuintetError).code),
      },
      2000,
    );
    for (const part of parts) reader.push(part);
    return seen;
  };
  const property = fc.property(lines, (data) => {
    const text = data.toString();
    assert.deepEqual(read(text.split("")), read([text]));
    for (const each of read([text]))
      assert.ok(each === "QUINTET_PROTOCOL" || typeof each === "object");
  });
  fc.assert(property, runs(1000));
});

test("a master understands a front's messages and answers, or kills the front", async () => {
  const failure = fc.record(
    { code: field, message: field, detail: field, advice: field, text: field },
    { requiredKeys: [] },
  );
  const deployment = fc.record({
    settings: fc.oneof(
      field,
      fc.record({ logLevel: fc.constantFrom("info", "x"), logFile: field, gracefulTimeout: field }),
    ),
    served: fc.oneof(field, fc.record({ served: field, cwd: field })),
  });
  const told = fc.record(
    {
      tell: fc.oneof(fc.constantFrom("ready", "failed", "touched", "stopping", "other"), field),
      version: field,
      deployment: fc.oneof(field, deployment),
      failure: fc.oneof(field, failure),
      file: field,
      at: field,
    },
    { requiredKeys: ["tell"] },
  );
  const answered = fc.record(
    { id: fc.oneof(fc.integer(), field), ok: field, error: fc.oneof(field, failure) },
    { requiredKeys: ["id"] },
  );
  const words = fc.oneof(told, answered).map((each) => JSON.stringify(each));
  const all = fc.array(fc.oneof({ weight: 9, arbitrary: words }, spoiled), {
    minLength: 1,
    maxLength: 4,
  });
  await inPython(
    "front",
    all.map((each) => Buffer.from(`${each.join("\n")}\n`)),
    2000,
  );
});

/** As much of a connection as readHello wants. */
class Connection extends Duplex {
  override _read(): void {}
}

test("a hello is understood or refused by name, and the bytes behind it are left", () => {
  const right: fc.Arbitrary<Hello> = fc.record({
    id: fc.nat(),
    token: fc.string(),
    pid: fc.integer({ min: 2 ** 22, max: 2 ** 23 }),
    carries: fc.constantFrom("requests", "answers", "lifeline", "output", "orders"),
  });
  const wrong = fc.record(
    { id: field, token: field, pid: field, carries: field },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    { weight: 3, arbitrary: right.map((each) => JSON.stringify(each)) },
    wrong.map((each) => JSON.stringify(each)),
    spoiled,
  );
  const hello = text.map((each) =>
    write([{ type: frames.HELLO, flags: 0, id: 0, payload: Buffer.from(each) }]),
  );
  const first = fc.oneof({ weight: 6, arbitrary: hello }, bytes(30), bytes(6000));
  const property = fc.property(first, bytes(40), pieces, (begin, rest, cuts) => {
    const socket = new Connection();
    let told: Hello | null = null;
    let broken: Error | null = null;
    readHello(socket as unknown as Socket, {
      hello: (each) => (told = each),
      broken: (error) => (broken = error),
    });
    const data = Buffer.concat([begin, rest]);
    for (const piece of split(data, cuts)) {
      if (told || broken) break;
      socket.emit("data", piece);
    }
    if (broken) assert.equal((broken as QuintetError).code, "QUINTET_PROTOCOL");
    else if (told) assert.ok(Number.isInteger((told as Hello).pid));
    else assert.ok(data.length < 4096 + frames.HEADER_BYTES, "nobody is listened to for ever");
    socket.destroy();
  });
  fc.assert(property, runs(3000));
});
