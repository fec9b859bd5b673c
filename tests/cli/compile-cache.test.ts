// What Node has compiled is kept for the next start, where nobody else can put anything.
import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCommand } from "../support/server.ts";

function folders(t: TestContext): { TMPDIR: string; kept: string } {
  const folder = mkdtempSync(join(tmpdir(), "quintet-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return { TMPDIR: folder, kept: join(folder, `quintet-compiled-${process.getuid?.()}`) };
}

async function runVersion(TMPDIR: string): Promise<void> {
  const { code, stderr } = await runCommand(["--version"], { env: { TMPDIR } });
  assert.equal(stderr, "");
  assert.equal(code, 0);
}

test("what is compiled is kept in a folder that only the user can enter", async (t) => {
  const { TMPDIR, kept } = folders(t);
  await runVersion(TMPDIR);
  assert.equal(statSync(kept).mode & 0o777, 0o700);
  assert.notDeepEqual(readdirSync(kept), []);
});

test("a folder that others can write to is not used", async (t) => {
  const { TMPDIR, kept } = folders(t);
  mkdirSync(kept);
  chmodSync(kept, 0o777);
  await runVersion(TMPDIR);
  assert.deepEqual(readdirSync(kept), []);
});

test("without a place for it everything runs as well", async (t) => {
  const { TMPDIR, kept } = folders(t);
  await runVersion(join(TMPDIR, "nowhere"));
  // Here even a look at the folder fails: its parent is a file.
  writeFileSync(kept, "");
  await runVersion(kept);
});
