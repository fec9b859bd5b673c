import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { python, root } from "../../testing/paths.ts";
import { folderWith } from "../../testing/temp.ts";
import { PATIENCE } from "../../testing/wait.ts";
import { Page } from "../../src/wire/page.ts";

/** A worker that only begins one number after the other, as fast as it can, up to the last. */
const worker = `
import json, sys
from quintet.wire.page import Page

page = Page(sys.argv[1])
last = int(sys.argv[2])
ran, back = [], []
for number in range(1, last + 1):
    (ran if page.begin(number) else back).append(number)
print(json.dumps({"ran": ran, "back": back}))
`;

test("a recalled number is never run, whenever it is recalled", async () => {
  const last = 1_000_000;
  const path = join(folderWith(), "page");
  const page = new Page(path);
  const child = spawn(python, ["-c", worker, path, String(last)], {
    env: { PYTHONPATH: join(root, "python") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.on("close", resolve));
  const over = AbortSignal.timeout(2 * PATIENCE);

  const taken: [number, number][] = [];
  for (let begun = page.noted(); begun < last - 1000; begun = page.noted()) {
    await turn();
    assert.ok(child.exitCode === null && !over.aborted, `the worker has come to ${begun} only`);
    const previous = taken.at(-1)?.[1] ?? 0;
    // Like the server: nothing is taken back while a number of the last range may still be handed back.
    if (begun === 0 || begun <= previous) continue;
    const to = begun + 1 + Math.floor(Math.random() * 200);
    const noted = page.recall(begun, to);
    if (noted < to) taken.push([noted + 1, to]);
  }
  await ended;
  page.close();
  rmSync(path, { force: true });

  const { ran, back } = JSON.parse(output) as { ran: number[]; back: number[] };
  const runs = new Set(ran);
  const handedBack = new Set(back);
  const twice: number[] = [];
  const silent: number[] = [];
  for (const [from, to] of taken) {
    for (let number = from; number <= to; number += 1) {
      if (runs.has(number)) twice.push(number);
      if (!handedBack.has(number)) silent.push(number);
    }
  }
  assert.deepEqual(twice, [], "taken back and run");
  assert.deepEqual(silent, [], "taken back and not handed back");
  assert.equal(ran.length + back.length, last);
  assert.ok(taken.length > 20, `only ${taken.length} ranges were taken back`);
});
