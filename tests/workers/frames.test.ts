import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameReader, type OnFrame } from "../../src/wire/frame-reader.ts";
import { FrameWriter } from "../../src/wire/frame-writer.ts";
import { MAX_FRAME_BYTES } from "../../src/wire/frames.ts";
import {
  BODY,
  BODY_END,
  BODY_GONE,
  BODY_IN_FILE,
  BODY_STREAMS,
  CREDIT,
  GONE,
  REQUEST,
} from "../../src/wire/frames.ts";
import {
  bytes,
  frameOf,
  type Frame,
  pieces,
  read,
  split,
  twin,
  write,
} from "../../testing/frames.ts";

test("frames that are written are read back, however the bytes are split", () => {
  fc.assert(
    fc.property(fc.array(frameOf(bytes(3000)), { maxLength: 12 }), pieces, (all, cuts) => {
      assert.deepEqual(read(split(write(all), cuts)), all);
    }),
    { numRuns: 500 },
  );
});

test("byte by byte, and all at once", () => {
  fc.assert(
    fc.property(fc.array(frameOf(bytes(100)), { maxLength: 5 }), (all) => {
      const data = write(all);
      assert.deepEqual(read(Array.from(data, (each) => Buffer.of(each))), all);
      assert.deepEqual(read([data]), all);
    }),
  );
});

test("frames longer than any buffer are read", () => {
  fc.assert(
    fc.property(
      fc.array(frameOf(bytes(1_500_000)), { minLength: 1, maxLength: 3 }),
      pieces,
      (all, cuts) => {
        assert.deepEqual(read(split(write(all), cuts)), all);
      },
    ),
    { numRuns: 20 },
  );
});

test("the payload of a frame stays valid when more is read", () => {
  const seen: Buffer[] = [];
  const keep: OnFrame = (_type, _flags, _id, buffer, start, end) => {
    seen.push(buffer.subarray(start, end));
  };
  const reader = new FrameReader(keep);
  const all: Frame[] = Array.from({ length: 200 }, (_, id) => ({
    type: 22,
    flags: 0,
    id,
    payload: Buffer.alloc(id, id),
  }));
  for (const piece of split(write(all), [37, 411, 5])) reader.push(piece);
  assert.deepEqual(
    seen.map(Buffer.from),
    all.map(({ payload }) => payload),
  );
});

test("a reader reports that it is within a frame", () => {
  const data = write([{ type: 22, flags: 0, id: 1, payload: Buffer.from("abc") }]);
  for (let length = 0; length <= data.length; length += 1) {
    const reader = new FrameReader(() => {});
    reader.push(data.subarray(0, length));
    assert.equal(reader.partial, length > 0 && length < data.length, `after ${length} bytes`);
  }
});

test("a length that no frame has is refused", () => {
  for (const length of [MAX_FRAME_BYTES + 1, 0xff_ff_ff_ff]) {
    const data = Buffer.alloc(12);
    data.writeUInt32LE(length);
    assert.throws(() => new FrameReader(() => {}).push(data), { code: "QUINTET_PROTOCOL" });
    const reader = new FrameReader(() => {});
    reader.push(data.subarray(0, 5));
    assert.throws(() => reader.push(data.subarray(5)), { code: "QUINTET_PROTOCOL" });
  }
});

test("a writer that is cleared and filled again does not change the frames it returned, unless reuse is allowed", () => {
  const writer = new FrameWriter();
  writer.frame(1, 1, Buffer.from("first"));
  const first = writer.take();
  const copy = Buffer.from(first);
  writer.clear(false);
  writer.frame(1, 2, Buffer.from("other"));
  assert.deepEqual(first, copy);
});

test("Python's channel reads the requests that are written here, however they are split", async () => {
  const request = fc.record({
    id: fc.integer({ min: 1, max: 0xff_ff_ff_ff }),
    // Each character is one byte.
    environ: bytes(2000).map((each) => each.toString("latin1")),
    body: fc.option(bytes(300_000)),
    flags: fc.constantFrom(0, BODY_IN_FILE, BODY_STREAMS),
    upload: fc.option(fc.tuple(fc.constantFrom(BODY, BODY_END, BODY_GONE), bytes(200_000))),
    credit: fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
    gone: fc.boolean(),
  });
  const cases = fc.sample(fc.tuple(fc.array(request, { minLength: 1, maxLength: 8 }), pieces), 40);
  const sent = cases.map(([requests, cuts]) => {
    const writer = new FrameWriter();
    for (const { id, environ, body, flags, upload, credit, gone } of requests) {
      writer.request(id, environ, body, flags);
      if (upload) writer.frame(upload[0], id, upload[1]);
      writer.credit(CREDIT, id, credit);
      if (gone) writer.plain(GONE, id);
    }
    return split(Buffer.from(writer.take()), cuts);
  });
  const seen = await twin("requests", sent);
  for (const [index, [requests]] of cases.entries()) {
    const expected = requests.map(({ id, environ, body, flags }) => ({
      id,
      flags,
      environ: Buffer.from(environ, "latin1").toString("base64"),
      body: (body ?? Buffer.alloc(0)).toString("base64"),
    }));
    const control: [number, number, unknown][] = [];
    for (const { id, upload, credit, gone } of requests) {
      if (upload) control.push([upload[0], id, upload[1].toString("base64")]);
      control.push([CREDIT, id, credit]);
      if (gone) control.push([GONE, id, 0]);
    }
    assert.deepEqual(seen[index], { requests: expected, control });
  }
  assert.equal(REQUEST, 1);
});

test("the frames that Python writes are read here, however they are split", async () => {
  const cases = fc.sample(
    fc.tuple(fc.array(frameOf(bytes(200_000)), { maxLength: 8 }), pieces),
    30,
  );
  const written = await twin(
    "frames",
    cases.map(([all]) => all.map(({ payload }) => payload)),
    cases.map(([all]) => all.map(({ type, flags, id }) => [type, flags, id])),
  );
  for (const [index, [all, cuts]] of cases.entries()) {
    const data = Buffer.from(written[index] as string, "base64");
    assert.deepEqual(data, write(all));
    assert.deepEqual(read(split(data, cuts)), all);
  }
});
