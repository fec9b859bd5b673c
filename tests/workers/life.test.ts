// The life of a worker as a state machine: each transition, each event that a state refuses, and what follows from the states.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  type ShownState,
  TRANSITIONS,
  WorkerLife,
  type WorkerEvent,
  type WorkerState,
} from "../../src/workers/life/worker-life.ts";
import { runs } from "../../testing/fuzz.ts";

const STATES = Object.keys(TRANSITIONS) as WorkerState[];
const EVENTS: WorkerEvent[] = [
  "warm",
  "serve",
  "recycle",
  "replace",
  "retire",
  "hang",
  "leave",
  "fail",
  "kill",
  "end",
];

/** The shortest way to each state. */
const WAYS: Record<WorkerState, WorkerEvent[]> = {
  booting: [],
  warming: ["warm"],
  ready: ["serve"],
  due: ["serve", "recycle"],
  recycling: ["serve", "recycle", "replace"],
  retiring: ["serve", "retire"],
  hung: ["serve", "hang"],
  leaving: ["serve", "leave"],
  failed: ["fail"],
  killed: ["kill"],
  ended: ["end"],
};

/** Where each event leads, written down once more. An event that is missing is refused. */
const EXPECTED: Record<WorkerState, string> = {
  booting: "warm:warming serve:ready recycle:booting fail:failed kill:killed end:ended",
  warming: "serve:ready recycle:warming fail:failed kill:killed end:ended",
  ready: "recycle:due retire:retiring hang:hung leave:leaving fail:failed kill:killed end:ended",
  due: "replace:recycling retire:retiring hang:hung leave:leaving fail:failed kill:killed end:ended",
  recycling: "retire:retiring hang:hung leave:leaving fail:failed kill:killed end:ended",
  retiring: "hang:hung leave:leaving fail:killed kill:killed end:ended",
  hung: "leave:leaving fail:killed kill:killed end:ended",
  leaving: "hang:hung fail:killed kill:killed end:ended",
  failed: "kill:killed end:ended",
  killed: "end:ended",
  ended: "",
};

function walk(events: WorkerEvent[]): WorkerLife {
  const life = new WorkerLife();
  for (const event of events) assert.ok(life.advance(event, `by ${event}`), event);
  return life;
}

describe("each state", () => {
  for (const state of STATES) {
    const expected = new Map(
      EXPECTED[state]
        .split(" ")
        .filter((each) => each !== "")
        .map((each) => each.split(":") as [WorkerEvent, WorkerState]),
    );
    for (const event of EVENTS) {
      const next = expected.get(event);
      test(`${state}: ${event} ${next ? `leads to ${next}` : "is refused"}`, () => {
        const life = walk(WAYS[state]);
        assert.equal(life.state, state);
        const before = { ...facts(life), reason: life.reason };
        assert.equal(life.advance(event, "why"), next !== undefined);
        assert.equal(life.state, next ?? state);
        if (next === undefined) assert.deepEqual({ ...facts(life), reason: life.reason }, before);
        else assert.equal(life.reason, "why");
      });
    }
  }
});

function facts({ state, starts, serves, counts, shown, endedWhile, recycleReason }: WorkerLife) {
  return { state, starts, serves, counts, shown, endedWhile, recycleReason };
}

test("what quintet status shows, and who counts", () => {
  const found = STATES.map((state) => {
    const { starts, serves, counts, shown } = walk(WAYS[state]);
    const kind = starts ? "starts" : serves ? "serves" : counts ? "counts" : "does not count";
    return `${state}: ${shown}, ${kind}`;
  });
  assert.deepEqual(found, [
    "booting: booting, starts",
    "warming: warming, starts",
    "ready: ready, serves",
    "due: ready, serves",
    "recycling: ready, serves",
    "retiring: retiring, does not count",
    "hung: hung, does not count",
    "leaving: retiring, does not count",
    "failed: retiring, counts",
    "killed: retiring, does not count",
    "ended: dead, does not count",
  ]);
});

test("the diagram in docs/architecture.md shows transitions that exist, and every state", () => {
  const page = readFileSync(new URL("../../docs/architecture.md", import.meta.url), "utf8");
  const diagram = /stateDiagram-v2\n([^`]*)/.exec(page)?.[1] ?? "";
  const arrows = [...diagram.matchAll(/(\w+) --> (\w+): (\w+)/g)];
  for (const [line, from, to, event] of arrows) {
    assert.equal(TRANSITIONS[from as WorkerState]?.[event as WorkerEvent], to, line);
  }
  const shown = new Set(arrows.flatMap(([, from, to]) => [from, to]));
  assert.deepEqual(shown, new Set(STATES));
});

test("a reason to be replaced is kept while the worker starts, and the first one counts", () => {
  const life = walk(["recycle", "warm"]);
  assert.equal(life.advance("recycle", "another reason"), false);
  assert.equal(life.state, "warming");
  assert.ok(life.advance("serve"));
  assert.deepEqual([life.state, life.recycleReason], ["due", "by recycle"]);
  assert.equal(life.advance("recycle", "another reason"), false);
});

describe("an end", () => {
  const ends: [WorkerEvent[], string][] = [
    [[], "booting"],
    [["fail"], "booting"],
    [["warm"], "warming"],
    [["warm", "fail"], "warming"],
    [["serve"], "serving"],
    [["serve", "fail"], "serving"],
    [["serve", "recycle", "replace"], "serving"],
    [["serve", "retire"], "retiring"],
    [["serve", "retire", "fail"], "expected"],
    [["serve", "hang"], "expected"],
    [["serve", "retire", "leave"], "expected"],
    [["serve", "fail", "kill"], "expected"],
    [["kill"], "expected"],
  ];
  for (const [events, expected] of ends) {
    test(`after ${events.join(", ") || "nothing"} is ${expected}`, () => {
      const life = walk(events);
      assert.equal(life.endedWhile, expected);
      life.advance("end");
      assert.equal(life.endedWhile, expected);
    });
  }
});

test("a worker that has hung is shown as hung until it has ended", () => {
  const shown: ShownState[] = [];
  const life = walk(["serve"]);
  for (const event of ["retire", "hang", "leave", "kill", "end"] as const) {
    life.advance(event);
    shown.push(life.shown);
  }
  assert.deepEqual(shown, ["retiring", "hung", "hung", "hung", "dead"]);
});

test("no sequence of events makes a worker serve again, or come back after its end", () => {
  const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 20 });
  fc.assert(
    fc.property(events, (all) => {
      const life = new WorkerLife();
      let hasLeft = false;
      for (const event of all) {
        const before = life.state;
        life.advance(event, event);
        assert.equal(Number(life.starts) + Number(life.serves) <= 1, true);
        if (life.starts || life.serves) assert.ok(life.counts);
        if (hasLeft) assert.ok(!life.starts && !life.serves, `${before} to ${life.state}`);
        hasLeft ||= !life.starts && !life.serves;
        if (before === "ended") assert.equal(life.state, "ended");
      }
    }),
    runs(500),
  );
});
