// The ledger of one worker: no request runs twice and none is lost, however front and worker interleave.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ledger, type LedgerEntry, type LedgerState } from "../../src/dispatch/link/ledger.ts";
import { QuintetError } from "../../src/shared/errors.ts";
import { runs } from "../../testing/fuzz.ts";

class Entry implements LedgerEntry {
  id = 0;
  ledgerState: LedgerState = "sent";
  readonly isRecallable: boolean;
  /** How often a worker has run it. */
  runs = 0;

  constructor(isRecallable = true) {
    this.isRecallable = isRecallable;
  }
}

/** A ledger with so many requests sent. */
function ledgerOf(count: number): { ledger: Ledger<Entry>; entries: Entry[] } {
  const ledger = new Ledger<Entry>();
  const entries = Array.from({ length: count }, () => new Entry());
  for (const entry of entries) ledger.send(entry);
  return { ledger, entries };
}

/** Takes numbers back; the worker's note is `before` when the range is made, and `after` once it is on the page. */
function recall(ledger: Ledger<Entry>, before: number, after: number): Entry[] {
  const range = ledger.recallRange(before);
  assert.ok(range, "there is something to recall");
  return ledger.recall(range, after);
}

const isBreach = (error: unknown): boolean =>
  error instanceof QuintetError && error.code === "QUINTET_PROTOCOL";

test("requests are numbered from 1 on, and found until they are answered", () => {
  const { ledger, entries } = ledgerOf(3);
  assert.deepEqual(
    entries.map(({ id }) => id),
    [1, 2, 3],
  );
  assert.equal(ledger.find(2), entries[1]);
  ledger.answer(entries[1] as Entry);
  assert.equal(ledger.find(2), undefined);
  assert.deepEqual(ledger.outstanding, [entries[0], entries[2]]);
  assert.equal(ledger.lastId, 3);
});

test("a request has begun when its number is noted, or when the worker has said something of it", () => {
  const { ledger, entries } = ledgerOf(3);
  const begun = (): boolean[] => entries.map((entry) => ledger.hasBegun(entry));
  assert.deepEqual(begun(), [false, false, false]);
  ledger.note(1);
  assert.deepEqual(begun(), [true, false, false]);
  ledger.hear(entries[2] as Entry);
  assert.deepEqual(begun(), [true, false, true]);
  ledger.note(0);
  assert.deepEqual(begun(), [true, false, true], "a note does not go back");
});

test("numbers above the note are recalled until the worker hands them back", () => {
  const { ledger, entries } = ledgerOf(3);
  assert.deepEqual(ledger.recallRange(1), { first: 2, last: 3 });
  assert.deepEqual(recall(ledger, 1, 1), entries.slice(1));
  assert.ok(ledger.isRecalling);
  assert.equal(ledger.recallRange(1), null, "nothing more while numbers are out");
  assert.equal(ledger.handBack(2), null);
  assert.ok(ledger.isRecalling);
  assert.equal(ledger.handBack(3), null);
  assert.ok(!ledger.isRecalling);
  assert.ok(ledger.isBusy, "the first still runs");
  ledger.answer(entries[0] as Entry);
  assert.ok(!ledger.isBusy);
});

test("a request that the worker notes while the range is written is contested: the worker runs it or hands it back", () => {
  const { ledger, entries } = ledgerOf(4);
  assert.deepEqual(recall(ledger, 1, 3), [entries[3]]);
  assert.deepEqual(
    entries.slice(0, 3).map(({ ledgerState }) => ledgerState),
    ["contested", "contested", "contested"],
  );
  assert.equal(ledger.handBack(2), entries[1], "it goes elsewhere");
  ledger.hear(entries[2] as Entry);
  assert.throws(() => ledger.handBack(3), isBreach, "it has said something of it, so it runs it");
});

test("a request about which the worker has sent something is not recalled, even without a note", () => {
  const { ledger, entries } = ledgerOf(3);
  ledger.hear(entries[1] as Entry);
  assert.deepEqual(recall(ledger, 0, 0), [entries[0], entries[2]]);
  assert.throws(() => ledger.handBack(2), isBreach);
});

test("only recalled requests can be handed back, and only once", () => {
  const { ledger } = ledgerOf(4);
  assert.throws(() => ledger.handBack(1), isBreach);
  assert.throws(() => ledger.handBack(9), isBreach);
  recall(ledger, 2, 2);
  assert.throws(
    () => ledger.handBack(1),
    isBreach,
    "it had begun long before the range was written",
  );
  ledger.handBack(3);
  assert.throws(() => ledger.handBack(3), isBreach);
});

test("nothing is recalled from a worker that has begun everything, or has nothing", () => {
  assert.equal(ledgerOf(0).ledger.recallRange(0), null);
  assert.equal(ledgerOf(3).ledger.recallRange(3), null);
});

test("a request that belongs to one worker is never recalled, and fails with it", () => {
  const ledger = new Ledger<Entry>();
  const warmup = new Entry(false);
  ledger.send(warmup);
  assert.equal(ledger.recallRange(0), null);
  assert.deepEqual(ledger.lose(0), { unbegun: [], begun: [warmup] });
});

test("only requests that a dead worker had not begun run elsewhere", () => {
  const { ledger, entries } = ledgerOf(4);
  const [first, second, third, fourth] = entries as [Entry, Entry, Entry, Entry];
  ledger.answer(first);
  ledger.hear(fourth);
  assert.deepEqual(ledger.lose(2), { unbegun: [third], begun: [second, fourth] });
  assert.ok(!ledger.isBusy);
});

test("numbers that a dead worker has not handed back are not waited for", () => {
  const { ledger } = ledgerOf(3);
  recall(ledger, 1, 1);
  ledger.lose(1);
  assert.ok(!ledger.isRecalling);
});

/** The shared page: three words. Each is read and written whole, but not all three at once. */
interface Words {
  noted: number;
  from: number;
  to: number;
}

interface Sent {
  id: number;
  entry: Entry;
}

/** A request that the worker has noted. */
interface Beginning extends Sent {
  /** The first number of the range, once it has read it. */
  from: number | null;
}

type Frame = { says: "something" | "answer" | "handback"; id: number };

/** A worker that keeps to the protocol, run step by step, so that anything may happen between two of its steps. */
class Worker {
  readonly page: Words = { noted: 0, from: 0, to: 0 };
  /** Requests in its socket, with the number that each was sent with: it may have another one by now. */
  readonly received: Sent[] = [];
  /** Its frames that the front has not read. */
  readonly frames: Frame[] = [];
  readonly #threads: number;
  readonly #running: Sent[] = [];
  /** The request that it is about to begin, and how far that has come. */
  #beginning: Beginning | null = null;

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** Does one of the things that it can do now. Returns whether there was one. */
  step(choice: number): boolean {
    const can: (() => void)[] = [];
    if (this.#beginning !== null) can.push(() => this.#look());
    else if (this.received.length > 0 && this.#running.length < this.#threads)
      can.push(() => this.#note());
    for (const sent of this.#running) {
      can.push(
        () => this.#say("answer", sent),
        () => this.#say("something", sent),
      );
    }
    if (can.length === 0) return false;
    (can[choice % can.length] as () => void)();
    return true;
  }

  #note(): void {
    const next = this.received.shift() as Sent;
    this.page.noted = next.id;
    this.#beginning = { ...next, from: null };
  }

  /** Reads one word of the range; after the second it knows. */
  #look(): void {
    const beginning = this.#beginning as Beginning;
    if (beginning.from === null) {
      beginning.from = this.page.from;
      return;
    }
    this.#beginning = null;
    const { entry, id, from } = beginning;
    if (from <= id && id <= this.page.to) {
      this.frames.push({ says: "handback", id });
      return;
    }
    entry.runs += 1;
    this.#running.push({ id, entry });
  }

  #say(says: Frame["says"], sent: Sent): void {
    this.frames.push({ says, id: sent.id });
    if (says === "answer") this.#running.splice(this.#running.indexOf(sent), 1);
  }
}

/** The front's side, with the requests wherever they are. */
class Front {
  readonly ledger = new Ledger<Entry>();
  readonly worker: Worker;
  /** Those that this worker has not begun: another one, or this one, may run them. */
  readonly elsewhere: Entry[] = [];
  readonly answered: Entry[] = [];
  readonly failed: Entry[] = [];
  #lastRecalled = 0;

  constructor(worker: Worker) {
    this.worker = worker;
  }

  send(entry: Entry): void {
    if (this.ledger.isRecalling) return void this.elsewhere.push(entry);
    const id = this.ledger.send(entry);
    this.worker.received.push({ id, entry });
  }

  /** @param between what the worker does meanwhile, at each of the moments at which it can */
  recall(between: readonly number[][]): void {
    const { ledger, worker } = this;
    const { page } = worker;
    const [before = [], middle = [], after = []] = between;
    const range = ledger.recallRange(page.noted);
    if (range === null) return;
    assert.ok(range.first > this.#lastRecalled, "ranges do not overlap");
    this.#lastRecalled = range.last;
    for (const choice of before) worker.step(choice);
    page.from = range.first;
    for (const choice of middle) worker.step(choice);
    page.to = range.last;
    for (const choice of after) worker.step(choice);
    const back = ledger.recall(range, page.noted);
    assert.ok(back.every(({ id }) => range.first <= id && id <= range.last));
    this.#giveBack(back);
  }

  #giveBack(entries: Entry[]): void {
    for (const entry of entries) assert.equal(entry.runs, 0, `${entry.id} runs at the worker`);
    this.elsewhere.push(...entries);
  }

  /** Reads the next frame. Returns whether there was one. */
  read(): boolean {
    const frame = this.worker.frames.shift();
    if (frame === undefined) return false;
    const { says, id } = frame;
    if (says === "handback") {
      const contested = this.ledger.handBack(id);
      if (contested !== null) this.#giveBack([contested]);
      return true;
    }
    const entry = this.ledger.find(id);
    assert.ok(entry, `the ledger does not know ${id}, which the worker runs`);
    this.ledger.hear(entry);
    if (says === "answer") {
      this.ledger.answer(entry);
      this.answered.push(entry);
    }
    return true;
  }

  /** The worker dies here. What it has said is read, then the page. */
  lose(): void {
    while (this.read());
    const { unbegun, begun } = this.ledger.lose(this.worker.page.noted);
    this.failed.push(...begun);
    this.#giveBack(unbegun);
  }
}

const choices = fc.array(fc.nat(5), { maxLength: 4 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ does: "send" } as const) },
  { weight: 1, arbitrary: fc.constant({ does: "send again" } as const) },
  { weight: 8, arbitrary: fc.record({ does: fc.constant("work" as const), choice: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.constant({ does: "read" } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("recall" as const),
      between: fc.tuple(choices, choices, choices),
    }),
  },
);

test("no request runs twice and none is lost, whatever the order of things", () => {
  const property = fc.property(
    fc.array(step, { maxLength: 60 }),
    fc.integer({ min: 1, max: 3 }),
    fc.boolean(),
    (steps, threads, dies) => {
      const worker = new Worker(threads);
      const front = new Front(worker);
      let requests = 0;
      for (const each of steps) {
        if (each.does === "send") {
          requests += 1;
          front.send(new Entry());
        } else if (each.does === "send again") {
          const entry = front.elsewhere.shift();
          if (entry) front.send(entry);
        } else if (each.does === "work") worker.step(each.choice);
        else if (each.does === "read") front.read();
        else front.recall(each.between);
      }
      if (dies) front.lose();
      // Choice 0 always answers, so this ends.
      else while (worker.step(0) || front.read());
      const { ledger, elsewhere, answered, failed } = front;
      assert.ok(!ledger.isBusy, "nothing is left in the ledger");
      assert.equal(elsewhere.length + answered.length + failed.length, requests, "none is lost");
      const all = new Set([...elsewhere, ...answered, ...failed]);
      assert.equal(all.size, requests, "each is in one place");
      assert.ok(elsewhere.every((entry) => entry.runs === 0));
      assert.ok(answered.every((entry) => entry.runs === 1));
      assert.ok(failed.every((entry) => entry.runs <= 1));
      assert.ok(dies || failed.length === 0);
    },
  );
  fc.assert(property, runs(20_000));
});
