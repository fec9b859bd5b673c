import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Fault } from "../../faults/fault.ts";
import { kinds, ordinary } from "../../faults/load/kinds.ts";
import { measure, type Result } from "../../faults/measure.ts";
import { faults } from "../../faults/scenarios/all.ts";
import { KILLS } from "../../faults/scenarios/kills.ts";
import { quintet } from "../../faults/servers/quintet.ts";
import { withoutSmallDisk } from "../../faults/small-disk.ts";
import { World } from "../../faults/world.ts";
import { failureOf } from "../../faults/load/tally.ts";
import { inCI } from "../support/paths.ts";
import { withoutPostgres } from "../support/postgres.ts";

/** What `npm run faults` does, with Quintet alone and few requests. */
const SIZE = { requests: 600, seconds: 15 };

/** Each has one request under way at most. */
const clients = ordinary.reduce((sum, name) => sum + (kinds[name]?.clients ?? 0), 0);

function nothingFailed({ report }: Result): void {
  assert.deepEqual(report.failed, {});
}

/** No more than so many requests failed, and those in these ways. */
function only(result: Result, ways: string[], most: number): void {
  const { failed } = result.report;
  const others = Object.keys(failed).filter((way) => !ways.includes(way));
  assert.deepEqual(others, [], "they failed in another way");
  assert.ok(result.lost <= most, `${result.lost} are lost, where ${most} could not be answered`);
}

/** So many workers at least have answered: else what was done had no effect. */
function workers(result: Result, least: number): void {
  assert.ok(result.workers >= least, `${result.workers} workers have answered, not ${least}`);
}

/** By fault: what has to hold. */
const expectations: Record<string, (result: Result) => void> = {
  baseline: nothingFailed,
  reload(result) {
    nothingFailed(result);
    workers(result, 12);
  },
  "broken-deploys": (result) => {
    nothingFailed(result);
    // Those of before, and those of the deploy that was right.
    assert.ok(result.workers <= 4, `${result.workers} workers have answered`);
  },
  recycle(result) {
    nothingFailed(result);
    workers(result, 10);
  },
  scale(result) {
    nothingFailed(result);
    workers(result, 5);
  },
  upgrade(result) {
    nothingFailed(result);
    workers(result, 4);
  },
  "kill-workers"(result) {
    only(result, ["502", "truncated"], KILLS);
    workers(result, 10);
  },
  "kill-zygote": nothingFailed,
  "kill-front"(result) {
    only(result, ["reset", "truncated"], 2 * clients);
    workers(result, 4);
  },
  hung(result) {
    nothingFailed(result);
    assert.deepEqual(result.aimed.map(failureOf), ["504", "504"]);
    for (const { wait } of result.aimed) assert.ok(wait > 2900, `504 after ${wait} ms`);
  },
  // What it ran when it was stopped.
  stopped: (result) => only(result, ["504", "truncated"], 1),
  leak(result) {
    nothingFailed(result);
    workers(result, 4);
  },
  "full-disk": nothingFailed,
  // What needs the database meanwhile, the application answers 500.
  postgres: (result) => only(result, ["500"], 0),
};

/** In CI nothing may be skipped. */
const skipped = (fault: Fault): string | false =>
  fault.smallDisk === true && !inCI && withoutSmallDisk;

suite("what is lost under load", { skip: withoutPostgres }, () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());
  for (const fault of faults) {
    test(fault.title, { skip: skipped(fault) }, async (t) => {
      const result = await measure(world, quintet, fault, SIZE);
      const expected = expectations[fault.id];
      assert.ok(result && expected);
      const { report, notes, left } = result;
      try {
        assert.ok(report.sent >= 300, `${report.sent} requests are too few to tell`);
        const failed = Object.values(report.failed).reduce((sum, count) => sum + count, 0);
        assert.equal(report.answered + failed, report.sent);
        assert.equal(left, 0, "processes are left over");
        expected(result);
      } catch (error) {
        const { samples } = report;
        for (const each of [...notes, ...samples, result.output.slice(-5000)]) t.diagnostic(each);
        throw error;
      }
    });
  }
});

test("each fault has an expectation", () => {
  assert.deepEqual(
    Object.keys(expectations),
    faults.map(({ id }) => id),
  );
});
