// When a worker has lived long enough: the limits as a pure judgement.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Lifetime, type LifetimeLimits } from "../../src/workers/policy/lifetime-limits.ts";

const MB = 1024 ** 2;
const NONE: LifetimeLimits = {
  maxRequests: 0,
  maxRequestsJitter: 0,
  maxMemory: 0,
  maxMemoryHard: 0,
  maxAgeMs: 0,
};
const IDLE = { now: 0, bytes: 50 * MB, busy: false, answered: 10 };

function lifetime(limits: Partial<LifetimeLimits>, bytes = 0, random = 0): Lifetime {
  return new Lifetime({ ...NONE, ...limits }, 0, bytes, () => random);
}

test("without limits a worker serves forever", () => {
  const life = lifetime({});
  assert.equal(life.judge({ now: 1e12, bytes: 1e12, busy: false, answered: 1e9 }), null);
  assert.equal(life.maxAnswers, Number.MAX_SAFE_INTEGER);
});

test("maxRequests with its jitter", () => {
  assert.equal(lifetime({ maxRequests: 100, maxRequestsJitter: 10 }).maxAnswers, 100);
  assert.equal(lifetime({ maxRequests: 100, maxRequestsJitter: 10 }, 0, 0.999).maxAnswers, 110);
});

test("maxAge, and up to a tenth less", () => {
  for (const [random, lastMs] of [
    [0, 10_000],
    [1, 9000],
  ] as const) {
    const life = lifetime({ maxAgeMs: 10_000 }, 0, random);
    assert.equal(life.judge({ ...IDLE, now: lastMs }), null);
    const why = `it is ${lastMs / 1000} s old`;
    assert.deepEqual(life.judge({ ...IDLE, now: lastMs + 1 }), { action: "recycle", why });
  }
});

test("maxMemory counts between two requests, and while a later request runs", () => {
  const limits = { maxMemory: 100 * MB };
  const large = { ...IDLE, bytes: 120 * MB };
  const verdict = { action: "recycle", why: "it uses 120 MB" };
  assert.deepEqual(lifetime(limits).judge(large), verdict);
  const busy = lifetime(limits);
  assert.equal(busy.judge({ ...large, busy: true }), null, "a request may need it");
  assert.equal(busy.judge({ ...large, busy: true }), null, "the same request");
  assert.deepEqual(busy.judge({ ...large, busy: true, answered: 11 }), verdict, "the next one");
  const other = lifetime(limits);
  assert.equal(other.judge({ ...large, busy: true }), null);
  assert.equal(other.judge(IDLE), null);
  assert.equal(other.judge({ ...large, busy: true, answered: 11 }), null, "it was given back");
});

test("maxMemory is ignored for a worker that starts above it", () => {
  const life = lifetime({ maxMemory: 100 * MB }, 110 * MB);
  assert.ok(life.startedAboveMaxMemory);
  assert.equal(life.judge({ ...IDLE, bytes: 200 * MB }), null);
});

test("maxMemoryHard applies before maxMemory, and at any time", () => {
  const life = lifetime({ maxMemory: 100 * MB, maxMemoryHard: 200 * MB, maxAgeMs: 1 });
  assert.deepEqual(life.judge({ now: 10, bytes: 300 * MB, busy: true, answered: 0 }), {
    action: "kill",
    why: "uses 300 MB, more than maxMemoryHard (200 MB)",
  });
});
