import assert from "node:assert/strict";
import { kinds, ordinary } from "../../faults/load/kinds.ts";
import { failureOf } from "../../faults/load/tally.ts";
import { failures } from "../../faults/scenarios/all.ts";
import { KILLS } from "../../faults/scenarios/kills.ts";
import { answeredBy, failedOnly, nothingFailed, struck } from "../../testing/faults.ts";

/** Each has one request under way at most. */
const clients = ordinary.reduce((sum, name) => sum + (kinds[name]?.clients ?? 0), 0);

struck("what fails costs what nobody could have answered, and no more", failures, {
  "kill-workers"(result) {
    failedOnly(result, ["502", "truncated"], KILLS);
    answeredBy(result, KILLS);
  },
  "kill-zygote": nothingFailed,
  "kill-front"(result) {
    failedOnly(result, ["reset", "truncated"], 2 * clients);
    answeredBy(result, 4);
  },
  hung({ report, aimed }) {
    assert.deepEqual(report.failed, {});
    assert.deepEqual(aimed.map(failureOf), ["504", "504"]);
    for (const { wait } of aimed) assert.ok(wait > 2900, `504 after ${wait} ms`);
  },
  stopped(result) {
    // The request it ran when it was stopped.
    failedOnly(result, ["504", "truncated"], 1);
    assert.deepEqual(result.notes, []);
  },
  leak(result) {
    nothingFailed(result);
    answeredBy(result, 4);
  },
  "full-disk": nothingFailed,
  // Meanwhile, the application answers 500 where it needs the database.
  postgres: (result) => failedOnly(result, ["500"], 0),
});
