import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { attacks } from "../../faults/hostile/attacks.ts";
import { costOf } from "../../faults/hostile/measure.ts";
import { quintet } from "../../faults/servers/quintet.ts";
import { allDay } from "../../testing/all-day.ts";

/** How long each attack lasts, in seconds. */
const SECONDS = allDay ? 30 : 3;

/** Megabytes that the many clients of an attack may cost together. One alone may cost 4, plus normal heap variation. */
const MOST: Record<string, number> = { "pipelining-many": 256, "silent-readers": 100 };
const ONE = 12;

/** Attacks that also make the application work, so a bystander waits in the queue. */
const WORK = new Set(["pipelining-many", "silent-readers"]);

suite("what hostile clients cost", () => {
  for (const attack of attacks) {
    test(attack.title, async (t) => {
      const cost = await costOf(quintet, attack, SECONDS, 0);
      t.diagnostic(JSON.stringify(cost));
      assert.equal(cost.lost, 0, "bystanders got no answer");
      const most = MOST[attack.id] ?? ONE;
      assert.ok(cost.memory < most, `${cost.memory} MB`);
      const wait = WORK.has(attack.id) ? 15_000 : 250 + 3 * cost.noise;
      assert.ok(cost.wait < wait, `a bystander waited ${cost.wait} ms`);
    });
  }
});
