// Which workers are started, replaced and ended: a pure plan, and what must hold of it whatever the workers are in.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type WorkerEvent, WorkerLife } from "../../src/workers/life/worker-life.ts";
import { type PlannedWorker, planWorkers } from "../../src/workers/policy/worker-plan.ts";
import { runs } from "../../testing/fuzz.ts";

interface Worker extends PlannedWorker {
  name: string;
  life: WorkerLife;
}

const WAYS: Record<string, WorkerEvent[]> = {
  booting: [],
  warming: ["warm"],
  ready: ["serve"],
  due: ["serve", "recycle"],
  recycling: ["serve", "recycle", "replace"],
  retiring: ["serve", "retire"],
  hung: ["serve", "hang"],
  leaving: ["serve", "leave"],
  failed: ["serve", "fail"],
  killed: ["kill"],
};

function worker(name: string, state: string, { dueSince = 0, idle = 0 } = {}): Worker {
  const life = new WorkerLife();
  for (const event of WAYS[state] as WorkerEvent[]) life.advance(event, event);
  return { name, life, dueSince, idleMs: () => idle };
}

/** The plan with names instead of workers. */
function plan(workers: Worker[], wanted: number, starting = 0): object {
  const { retire, replace, kill, start } = planWorkers(workers, wanted, starting, 0);
  const names = (some: Worker[]): string[] => some.map(({ name }) => name);
  return { retire: names(retire), replace: names(replace), kill: names(kill), start };
}

const some = (count: number, state: string): Worker[] =>
  Array.from({ length: count }, (_, index) => worker(`${state} ${index}`, state));

const NOTHING = { retire: [], replace: [], kill: [], start: 0 };

test("the missing workers are started; those that have been asked for count", () => {
  assert.deepEqual(plan([], 3), { ...NOTHING, start: 3 });
  assert.deepEqual(plan(some(1, "ready"), 3, 1), { ...NOTHING, start: 1 });
  assert.deepEqual(plan(some(3, "ready"), 3), NOTHING);
});

test("a worker that was killed for a fault has no successor until it has ended", () => {
  assert.deepEqual(plan([...some(1, "ready"), ...some(1, "failed")], 2), NOTHING);
  assert.deepEqual(plan([...some(1, "ready"), ...some(1, "hung")], 2), { ...NOTHING, start: 1 });
});

test("if there are too many workers, the longest idle ones leave and the youngest starting ones are killed", () => {
  const workers = [worker("a", "ready", { idle: 10 }), worker("b", "ready", { idle: 20 })];
  assert.deepEqual(plan(workers, 1), { ...NOTHING, retire: ["b"] });
  assert.deepEqual(plan(some(3, "booting"), 1), { ...NOTHING, kill: ["booting 2", "booting 1"] });
});

test("a worker that is due for replacement serves until there is one more; then it is the first to leave", () => {
  const due = worker("due", "due", { idle: 0 });
  const first = plan([due, ...some(1, "ready")], 2);
  assert.deepEqual(first, { ...NOTHING, replace: ["due"], start: 1 });
  due.life.advance("replace");
  assert.deepEqual(plan([due, ...some(1, "ready")], 2, 1), NOTHING);
  assert.deepEqual(plan([due, ...some(1, "ready"), ...some(1, "booting")], 2), NOTHING);
  const idle = worker("idle", "ready", { idle: 1000 });
  assert.deepEqual(plan([due, ...some(1, "ready"), idle], 2), { ...NOTHING, retire: ["due"] });
});

test("one in eight is replaced at a time, in the order in which they were due", () => {
  const workers = Array.from({ length: 16 }, (_, index) =>
    worker(`${index}`, "due", { dueSince: 100 - index }),
  );
  assert.deepEqual(plan(workers, 16), { ...NOTHING, replace: ["15", "14"], start: 2 });
});

test("no more are replaced while others take long to leave", () => {
  const workers = [...some(2, "due"), ...some(2, "retiring")];
  assert.deepEqual(plan(workers, 2), NOTHING);
});

test("in any combination of states, enough workers serve, few are replaced at once, and none is ended twice", () => {
  const anyWorker = fc.record({
    state: fc.constantFrom(...Object.keys(WAYS)),
    dueSince: fc.nat(5),
    idle: fc.nat(5),
  });
  const cases = fc.record({
    workers: fc.array(anyWorker, { maxLength: 30 }),
    wanted: fc.nat(20),
    starting: fc.nat(5),
  });
  fc.assert(
    fc.property(cases, ({ workers: all, wanted, starting }) => {
      const workers = all.map(({ state, ...rest }, index) => worker(`${index}`, state, rest));
      const { retire, replace, kill, start } = planWorkers(workers, wanted, starting, 0);
      const serving = workers.filter(({ life }) => life.serves).length;
      const left = serving - retire.length;
      assert.ok(left >= Math.min(serving, wanted), "enough go on to serve");
      assert.ok(left <= wanted, "no more serve than are wanted");
      assert.ok(retire.every(({ life }) => life.serves));
      assert.ok(kill.every(({ life }) => life.starts));
      assert.ok(replace.every(({ life }) => life.state === "due"));
      const ends = new Set([...retire, ...replace, ...kill]);
      assert.equal(ends.size, retire.length + replace.length + kill.length, "one order each");
      const isRecycling = ({ life }: Worker): boolean => life.state === "recycling";
      const before = workers.filter((each) => isRecycling(each) && !retire.includes(each)).length;
      if (replace.length > 0) assert.ok(before + replace.length <= Math.ceil(wanted / 8));
      assert.ok(start === 0 || kill.length === 0, "not both at once");
      // Those that count are then as many as are wanted, and the successors.
      const counting = workers.filter(({ life }) => life.counts).length - retire.length;
      const target = wanted + before + replace.length;
      const reached = counting + starting + start - kill.length;
      if (start > 0) assert.equal(reached, target);
      else assert.ok(reached >= target);
    }),
    runs(500),
  );
});

test("however long workers take to leave, there are at most twice as many as wanted", () => {
  const steps = fc.array(fc.constantFrom("due", "ready", "end"), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), steps, (wanted, all) => {
      let workers: Worker[] = [];
      let count = 0;
      const reconcile = (): void => {
        const { retire, replace, kill, start } = planWorkers(workers, wanted, 0, 0);
        for (const { life } of retire) life.advance("retire");
        for (const { life } of replace) life.advance("replace");
        workers = workers.filter((each) => !kill.includes(each));
        for (let left = start; left > 0; left -= 1) workers.push(worker(`${count++}`, "booting"));
      };
      reconcile();
      for (const step of all) {
        if (step === "due")
          workers.find(({ life }) => life.state === "ready")?.life.advance("recycle", "why");
        else if (step === "ready") workers.find(({ life }) => life.starts)?.life.advance("serve");
        else if (step === "end") {
          const leaving = workers.findIndex(({ life }) => !life.counts);
          if (leaving >= 0) workers.splice(leaving, 1);
        }
        reconcile();
        assert.ok(workers.length <= 2 * wanted, `${workers.length} of ${wanted}`);
      }
    }),
    runs(200),
  );
});
