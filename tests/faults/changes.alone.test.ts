import assert from "node:assert/strict";
import { changes } from "../../faults/scenarios/all.ts";
import { answeredBy, nothingFailed, struck } from "../../testing/faults.ts";

struck("what an operator does loses nothing", changes, {
  baseline: nothingFailed,
  reload(result) {
    nothingFailed(result);
    answeredBy(result, 8);
  },
  "broken-deploys"(result) {
    nothingFailed(result);
    // The editions before, and those of correct deploys.
    assert.ok(result.workers <= 4, `${result.workers} workers have answered`);
  },
  recycle(result) {
    nothingFailed(result);
    answeredBy(result, 10);
  },
  scale(result) {
    nothingFailed(result);
    answeredBy(result, 5);
  },
  upgrade(result) {
    nothingFailed(result);
    answeredBy(result, 4);
  },
});
