import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { serve } from "../../testing/serve.ts";
import { PATIENCE, until } from "../../testing/wait.ts";

/** Megabytes by which what a front has for itself becomes less, at least. Without it none is given back at all. */
const LESS = 4;
const ROUNDS = 300;

/** Megabytes that a process has for itself, without the files it runs. */
function megabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss_Anon:\s+(\d+)/m.exec(rollup)?.[1]) / 1000;
}

test("a front with nothing to do gives back what its start and a burst of requests have taken", async (t) => {
  const server = await serve(t, "basic", { args: ["--no-access-log"] });
  const atStart = megabytes(server.front);
  await until(() => megabytes(server.front) < atStart - LESS, "what the start has taken");
  for (let round = 0; round < ROUNDS; round += 1) {
    const asked = Array.from({ length: 20 }, () => fetch(`${server.url}/hello`));
    for (const response of await Promise.all(asked)) await response.arrayBuffer();
  }
  const atBurst = megabytes(server.front);
  const given = (): boolean => megabytes(server.front) < atBurst - LESS;
  await until(given, "what the burst has taken", 2 * PATIENCE);
  assert.equal((await fetch(`${server.url}/hello`)).status, 200);
});
