// Whatever a worker sends, in whatever order: each request ends once, and nothing invalid in HTTP comes out.
import assert from "node:assert/strict";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { Dispatcher } from "../../src/dispatch/dispatcher.ts";
import { Task } from "../../src/dispatch/task.ts";
import { TimeLimit } from "../../src/dispatch/time-limit.ts";
import { QuintetError } from "../../src/shared/errors.ts";
import { breach } from "../../src/shared/message-shape.ts";
import { FrameReader } from "../../src/wire/frame-reader.ts";
import * as frames from "../../src/wire/frames.ts";
import { WorkerLink } from "../../src/dispatch/link/worker-link.ts";
import { Page } from "../../src/wire/page.ts";
import type { ResponseHead } from "../../src/wire/response-head.ts";
import { bytes, pieces, split, write } from "../../testing/frames.ts";
import { runs } from "../../testing/fuzz.ts";
import { numbers, response } from "../../testing/garbage.ts";
import { folderWith } from "../../testing/temp.ts";

const folder = folderWith();
let count = 0;

/** Records how it ends. */
class Recorded extends Task {
  ends: string[] = [];
  length: number | null = null;
  received = 0;

  #begin({ code, length, fields }: ResponseHead, size: number): void {
    assert.deepEqual(this.ends, [], "nothing follows the end");
    assert.ok(code >= 200 && code <= 999);
    assert.ok(fields.every((each) => !/[\r\n\0]/.test(each)));
    this.length = length;
    this.#receive(size);
  }

  #receive(size: number): void {
    this.received += size;
    assert.ok(this.received <= (this.length ?? Infinity), "no more than Content-Length");
  }

  override onAnswer(
    head: ResponseHead,
    _flags: number,
    _data: Buffer,
    start: number,
    end: number,
  ): void {
    this.#begin(head, end - start);
    this.ends.push("answer");
  }

  override onStart(head: ResponseHead, _flags: number, data: Buffer): void {
    this.#begin(head, data.length);
  }

  override onData(data: Buffer): void {
    assert.deepEqual(this.ends, [], "nothing follows the end");
    this.#receive(data.length);
  }

  override onEnd(): void {
    this.ends.push("end");
  }

  override onAbort(): void {
    this.ends.push("abort");
  }

  override onFail(): void {
    this.ends.push("fail");
  }

  override describe(): string {
    return "a request";
  }
}

const status = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("200 OK", "204 No Content", "404", "500 Oh") },
  fc.constantFrom("100 Continue", "101 S", "", "2", "200OK", "abc", "099 X", "200 a\r\nb"),
  bytes(20).map((each) => each.toString("latin1")),
);
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("X-A", "Content-Type", "Set-Cookie") },
  fc.constantFrom(
    "Content-Length",
    "content-length",
    "Connection",
    "Transfer-Encoding",
    "",
    "a b",
    "a:",
  ),
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("0", "5", "text", "") },
  fc.constantFrom("-1", "5x", "9".repeat(20), "a\r\nb", "\x7f", "\xe4"),
);
const head = fc
  .tuple(status, fc.array(fc.tuple(name, value), { maxLength: 3 }))
  .map(([first, fields]) => [first, ...fields.flat()].join("\0"));
const number = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(0xff_ff_ff_ff, 2 ** 31));
const json = fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text));
const payload = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(head, bytes(12)).map(([text, body]) => response(text, body)) },
  { weight: 2, arbitrary: number.map((each) => numbers([each])) },
  fc.array(number, { maxLength: 12 }).map((each) => numbers(each)),
  bytes(80),
  json,
);
const { ANSWER, START, DATA, END, ABORT, HANDBACK } = frames;
const { LOG, FILE, BODY_WANTED, CALL, CALL_CREDIT, CALL_GONE } = frames;
const RESPONSE = [ANSWER, START, DATA, END, ABORT, HANDBACK];
const TYPES = RESPONSE.concat(LOG, FILE, BODY_WANTED, CALL, CALL_CREDIT, CALL_GONE);
const frame = fc.record(
  {
    type: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...TYPES) },
      fc.integer({ min: 0, max: 255 }),
    ),
    flags: fc.integer({ min: 0, max: 7 }),
    id: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) }, number),
    payload,
  },
  { noNullPrototype: true },
);
/** What makes a right conversation, so that not each case breaks at its first frame. */
const right = fc.constantFrom(
  { type: START, flags: 0, id: 1, payload: response("200 OK\0Content-Length\x009", "abc") },
  { type: START, flags: 0, id: 2, payload: response("200 OK", "abc") },
  { type: DATA, flags: 0, id: 1, payload: Buffer.from("abc") },
  { type: DATA, flags: 0, id: 2, payload: Buffer.from("abc") },
  { type: END, flags: 0, id: 1, payload: numbers([1]) },
  { type: END, flags: 0, id: 2, payload: numbers([1]) },
  { type: ABORT, flags: 0, id: 1, payload: numbers([1]) },
  { type: START, flags: 0, id: 3, payload: response("200 OK", "abc") },
  { type: HANDBACK, flags: 0, id: 2, payload: Buffer.alloc(0) },
  { type: HANDBACK, flags: 0, id: 3, payload: Buffer.alloc(0) },
);
/** What happens beside the frames: the worker begins a request, `race` does it while the front takes back what it can. */
const step = fc.oneof(
  { weight: 6, arbitrary: right },
  { weight: 3, arbitrary: frame },
  fc.constantFrom(1, 2, 3, 2 ** 40).map((noted) => ({ noted })),
  fc.constantFrom(0, 1, 2, 3).map((race) => ({ race })),
  fc.constantFrom(0, 1, 2).map((leaves) => ({ leaves })),
);

test("each request has one end, or is given to another worker, and none does both", () => {
  const limits = { timeout: new TimeLimit(0, 0), backlog: 10, queueTimeout: 1000, keepWorkers: {} };
  const property = fc.property(fc.array(step, { maxLength: 20 }), pieces, (steps, cuts) => {
    const dispatcher = new Dispatcher(limits);
    const given: Task[] = [];
    /** The worker has surely begun everything up to this number. */
    let begun = 0;
    let raced = false;
    const give = (some: Task[]): void => {
      for (const { id } of some) assert.ok(id > begun, `${id} runs`);
      given.push(...some);
    };
    dispatcher.requeue = (some) => {
      // The worker hands these back itself. The one that it noted last it may not have begun yet.
      for (const { id } of some) assert.ok(id >= begun, `${id} runs`);
      given.push(...some);
    };
    const page = new Page(join(folder, `page-${(count += 1)}`));
    const words = openSync(page.path, "r+");
    const note = (number: number): void => {
      const word = Buffer.alloc(8);
      word.writeBigUInt64LE(BigInt(Math.max(number, page.noted())));
      writeSync(words, word, 0, 8, 0);
    };
    const link = new WorkerLink("1", 1, page, dispatcher, {
      ready() {},
      failed() {},
      log() {},
      innerCall() {
        throw breach("nobody to call");
      },
      unopened() {},
      answeredEnough() {},
      hung() {},
      outOfNumbers() {},
      drained() {},
    });
    link.state = "ready";
    link.hasBooted = true;
    const tasks = [1, 2, 3].map(() => new Recorded());
    for (const each of tasks) link.send(each, 0);
    const reader = new FrameReader(
      (...rest) => link.answers.frame(...rest),
      frames.maxPayloadFromWorker,
    );
    try {
      for (const each of steps) {
        if ("noted" in each) {
          note(each.noted);
          if (!raced) begun = page.noted();
        } else if ("leaves" in each) {
          tasks[each.leaves]?.abandon();
        } else if ("race" in each) {
          // From now on the front cannot know which of those it has begun.
          raced = true;
          const recall = page.recall.bind(page);
          page.recall = (from, to) => {
            recall(from, to);
            note(each.race);
            return page.noted();
          };
          give(link.recall());
          page.recall = recall;
        } else for (const piece of split(write([each]), cuts)) reader.push(piece);
      }
    } catch (error) {
      assert.ok(error instanceof QuintetError && error.code === "QUINTET_PROTOCOL", String(error));
      link.break(error);
    }
    give(link.lost("it ended"));
    for (const task of tasks) {
      const ends = task.ends.length + given.filter((each) => each === task).length;
      // A client that has left is told nothing more.
      assert.ok(
        ends === 1 || (task.abandoned && ends === 0),
        `${task.ends} ${given.includes(task)}`,
      );
      if (given.includes(task))
        assert.ok(task.ledgerState !== "begun", "what has run is not run again");
      if (task.ends[0] === "end") assert.equal(task.received, task.length ?? task.received);
    }
    closeSync(words);
  });
  fc.assert(property, runs(4000));
});

test("a reader stops at the same byte, however the bytes are split", () => {
  const read = (chunks: Buffer[]): unknown[] => {
    const seen: unknown[] = [];
    const reader = new FrameReader((type, flags, id, buffer, start, end) => {
      seen.push([type, flags, id, buffer.toString("hex", start, end)]);
    }, frames.maxPayloadFromWorker);
    try {
      for (const chunk of chunks) reader.push(chunk);
    } catch (error) {
      assert.equal((error as QuintetError).code, "QUINTET_PROTOCOL");
      seen.push((error as Error).message);
    }
    return seen;
  };
  const mixed = fc
    .array(
      fc.oneof(
        frame.map((each) => write([each])),
        bytes(40),
      ),
      { maxLength: 6 },
    )
    .map((parts) => Buffer.concat(parts));
  const property = fc.property(mixed, pieces, (data, cuts) => {
    const bytewise = read(Array.from(data, (each) => Buffer.of(each)));
    const asCut = read(split(data, cuts));
    assert.deepEqual(asCut, bytewise);
  });
  fc.assert(property, runs(2000));
});

// What a FILE has named is opened meanwhile: an error that nobody catches would fail this file.
after(() => new Promise((resolve) => setImmediate(resolve)));
