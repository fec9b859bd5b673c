import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Fault } from "../faults/fault.ts";
import { measure, type Result, type Size } from "../faults/measure.ts";
import { quintet } from "../faults/servers/quintet.ts";
import { withoutSmallDisk } from "../faults/small-disk.ts";
import { World } from "../faults/world.ts";
import { allDay } from "./all-day.ts";
import { inCI } from "./paths.ts";
import { withoutPostgres } from "./postgres.ts";

/** Runs the faults of `npm run faults` on Quintet alone, with few requests. */
const SIZE: Size = allDay
  ? { requests: 6000, seconds: 120 }
  : { requests: 600, seconds: 15, short: true };

/** Faults that run only in `npm run test:all-day`, with the tests that cover the same behaviour. */
const ELSEWHERE: Record<string, string> = {
  baseline: "every other fault",
  recycle: "tests/recycle",
  scale: "tests/scale",
  "broken-deploys": "tests/reload/broken",
  "kill-workers": "tests/dispatch/kills",
  "kill-zygote": "tests/zygote/death",
  leak: "tests/recycle/memory",
  "full-disk": "tests/log/full and tests/http/connection/slow-readers",
};

/** The expectations, by fault id. */
export type Expectations = Record<string, (result: Result) => void>;

/** In CI nothing may be skipped. */
const skipped = (fault: Fault): string | false =>
  fault.smallDisk === true && !inCI && withoutSmallDisk;

/** Run each of these faults on Quintet, and compare the result with the expectation. */
export function struck(title: string, faults: Fault[], expectations: Expectations): void {
  suite(title, { skip: withoutPostgres }, () => {
    let world: World;
    before(async () => {
      world = await World.open();
    });
    after(() => world.close());
    for (const fault of faults.filter(({ id }) => allDay || ELSEWHERE[id] === undefined)) {
      test(fault.title, { skip: skipped(fault) }, async (t) => {
        const expected = expectations[fault.id];
        assert.ok(expected, `nothing is expected of ${fault.id}`);
        const result = await measure(world, quintet, fault, SIZE);
        assert.ok(result, `Quintet has not what ${fault.id} is about`);
        const { report, notes, left, output } = result;
        try {
          const failed = Object.values(report.failed).reduce((sum, count) => sum + count, 0);
          assert.equal(report.answered + failed, report.sent);
          assert.ok(report.sent >= 300, `${report.sent} requests are too few to tell`);
          assert.equal(left, 0, "processes are left over");
          expected(result);
        } catch (error) {
          for (const each of [...notes, ...report.samples, output.slice(-5000)]) t.diagnostic(each);
          throw error;
        }
      });
    }
  });
}

export function nothingFailed({ report, notes }: Result): void {
  assert.deepEqual(report.failed, {});
  assert.deepEqual(notes, []);
}

/** At most this many requests failed, and only in these ways. */
export function failedOnly({ report, lost }: Result, ways: string[], most: number): void {
  const others = Object.keys(report.failed).filter((way) => !ways.includes(way));
  assert.deepEqual(others, [], "some failed in another way");
  assert.ok(lost <= most, `${lost} are lost, where ${most} could not be answered`);
}

/** At least this many workers have answered; otherwise the fault had no effect. */
export function answeredBy({ workers }: Result, least: number): void {
  assert.ok(workers >= least, `${workers} workers have answered, not ${least}`);
}
