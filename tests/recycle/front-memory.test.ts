import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { serve } from "../../testing/serve.ts";
import { PATIENCE, until } from "../../testing/wait.ts";

/** The private memory of a front shrinks at least by this, in megabytes. Without the feature it does not shrink at all. */
const LESS = 4;
const ROUNDS = 300;

/** The private memory of a process in megabytes, without the files it runs. */
function megabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss_Anon:\s+(\d+)/m.exec(rollup)?.[1]) / 1000;
}

test("an idle front gives back the memory of its start and of a burst of requests", async (t) => {
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
