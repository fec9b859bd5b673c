// What Node has compiled is kept for the next start, where nobody else can put anything.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { folderWith } from "../../testing/temp.ts";

function folders(): { TMPDIR: string; kept: string } {
  const folder = folderWith();
  return { TMPDIR: folder, kept: join(folder, `quintet-compiled-${process.getuid?.()}`) };
}

async function runVersion(TMPDIR: string): Promise<void> {
  const { code, stderr } = await runCommand(["--version"], { env: { TMPDIR } });
  assert.equal(stderr, "");
  assert.equal(code, 0);
}

test("compiled code is kept in a folder that only the user can enter", async () => {
  const { TMPDIR, kept } = folders();
  await runVersion(TMPDIR);
  assert.equal(statSync(kept).mode & 0o777, 0o700);
  assert.notDeepEqual(readdirSync(kept), []);
});

test("a folder that others can write to is not used", async () => {
  const { TMPDIR, kept } = folders();
  mkdirSync(kept);
  chmodSync(kept, 0o777);
  await runVersion(TMPDIR);
  assert.deepEqual(readdirSync(kept), []);
});

test("without a place for it everything runs as well", async () => {
  const { TMPDIR, kept } = folders();
  await runVersion(join(TMPDIR, "nowhere"));
  // Here even a look at the folder fails: its parent is a file.
  writeFileSync(kept, "");
  await runVersion(kept);
});
