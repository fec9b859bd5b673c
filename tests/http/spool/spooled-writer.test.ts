// The writer for slow clients, with a client and a disk that behave in many ways: every byte arrives once and in order, the
// producer is told of each byte once, and nothing stays counted or on the disk.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { Spool } from "../../../src/http/spool/spool.ts";
import { SpooledWriter } from "../../../src/http/spool/spooled-writer.ts";
import { runs } from "../../../testing/fuzz.ts";
import { folderWith } from "../../../testing/temp.ts";
import { until } from "../../../testing/wait.ts";

/** A response whose client reads when the test says so. */
class SlowResponse extends EventEmitter {
  readonly written: Buffer[] = [];
  readonly writableEnded = false;
  #buffered = 0;
  readonly #highWaterMark: number;

  constructor(highWaterMark: number) {
    super();
    this.#highWaterMark = highWaterMark;
  }

  write(data: Buffer): boolean {
    this.written.push(data);
    this.#buffered += data.length;
    return this.#buffered < this.#highWaterMark;
  }

  /** The client reads all that there is. */
  read(): void {
    const wasFull = this.#buffered >= this.#highWaterMark;
    this.#buffered = 0;
    if (wasFull) this.emit("drain");
  }
}

const HIGH_WATER_MARK = 16 * 1024;

/** What happens, in this order: a piece of that size is written, the client reads, or time passes. */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 60_000 }) }) },
  { weight: 1, arbitrary: fc.constant("read" as const) },
  { weight: 2, arbitrary: fc.constant("wait" as const) },
);

const folders = { works: folderWith(), fails: "/nowhere/at/all" };

const setup = fc.record({
  actions: fc.array(action, { maxLength: 40, size: "max" }),
  disk: fc.constantFrom("works" as const, "fails" as const, "none" as const),
  total: fc.constantFrom(10, 200_000, 100_000_000),
  response: fc.constantFrom(0, 150_000, 50_000_000),
});

/** Bytes of which none can be missing or in another place unnoticed. */
function piece(size: number, seed: number): Buffer {
  const pattern = Array.from({ length: 251 }, (_, index) => (index + seed * 7) & 0xff);
  return Buffer.alloc(size, Buffer.from(pattern));
}

test("every byte arrives once and in order, and is accepted once", async () => {
  const property = fc.asyncProperty(setup, async ({ actions, disk, total, response }) => {
    const folder = disk === "fails" ? folders.fails : folders.works;
    const spool = new Spool({ memory: 0, total, response, folder });
    const client = new SlowResponse(HIGH_WATER_MARK);
    const expected: Buffer[] = [piece(HIGH_WATER_MARK, 0)];
    assert.equal(client.write(expected[0] as Buffer), false);
    let accepted = 0;
    let isStalled = false;
    const writer = new SpooledWriter(
      client as never,
      HIGH_WATER_MARK,
      disk === "none" ? null : spool,
      {
        accepted: (bytes) => (accepted += bytes),
        stalled(stalled) {
          assert.notEqual(stalled, isStalled);
          isStalled = stalled;
        },
        failed(_error, isLost) {
          assert.equal(disk, "fails");
          assert.equal(isLost, false);
        },
      },
    );
    for (const each of actions) {
      if (each === "read") client.read();
      else if (each === "wait") await setImmediate();
      else {
        const data = piece(each.write, expected.length);
        expected.push(data);
        writer.write(data);
      }
    }
    let isEmpty = false;
    writer.end(() => (isEmpty = true));
    await until(() => {
      client.read();
      return isEmpty;
    }, "the end");
    client.read();
    const sent = Buffer.concat(client.written);
    assert.ok(sent.equals(Buffer.concat(expected)), "the bytes that the client has read");
    assert.equal(accepted, sent.length);
    assert.equal(isStalled, false);
    assert.equal(spool.holdResponse(total / 2), true, "nothing stays counted");
  });
  await fc.assert(property, runs(60));
});

test("a client that reads nothing does not hold a worker while the spool has room; after that the worker waits", async () => {
  const limit = 1024 * 1024;
  const folder = folderWith();
  const spool = new Spool({ memory: 0, total: 2 * limit, response: limit, folder });
  const client = new SlowResponse(HIGH_WATER_MARK);
  client.write(piece(HIGH_WATER_MARK, 0));
  let accepted = 0;
  let isStalled = false;
  const writer = new SpooledWriter(client as never, HIGH_WATER_MARK, spool, {
    accepted: (bytes) => (accepted += bytes),
    stalled: (stalled) => (isStalled = stalled),
    failed: (error) => assert.fail(String(error)),
  });
  let written = HIGH_WATER_MARK;
  while (written < limit / 2) {
    writer.write(piece(64 * 1024, 1));
    written += 64 * 1024;
    await until(() => !isStalled, "the piece is in the file");
  }
  assert.equal(accepted, written);
  writer.write(piece(limit, 2));
  await setImmediate();
  assert.equal(isStalled, true);
  assert.equal(accepted, written);
  writer.close();
  await until(() => spool.holdResponse(limit), "nothing stays counted");
});
