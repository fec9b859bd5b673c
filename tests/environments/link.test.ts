// .venv and the like: links of a checkout into the cache of virtual environments.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { link } from "../../testing/environments.ts";
import { folderWith } from "../../testing/temp.ts";

const stamp = "quintet-stamp";

test("a link is made, kept, and replaced when another environment is wanted", () => {
  const checkout = folderWith({ "a/x": "", "a.lock": "", "b/x": "", "b.lock": "" });
  const path = join(checkout, "deep", ".venv");
  for (const name of ["a", "a", "b"]) {
    link(path, join(checkout, name));
    assert.equal(readlinkSync(path), join(checkout, name));
  }
  // The cache was emptied.
  rmSync(join(checkout, "b"), { recursive: true });
  link(path, join(checkout, "a"));
  assert.equal(readlinkSync(path), join(checkout, "a"));
  assert.deepEqual(readdirSync(join(checkout, "deep")), [".venv"]);
});

test("a folder of before the cache is replaced, one of somebody else's is left alone", () => {
  const checkout = folderWith({
    [`old/${stamp}`]: "",
    "own/bin/python": "",
    "theirs/bin/python": "",
  });
  const path = join(checkout, "old");
  link(path, join(checkout, "theirs"));
  assert.equal(readlinkSync(path), join(checkout, "theirs"));

  assert.throws(() => link(join(checkout, "own"), checkout), /move it away/);
  assert.ok(existsSync(join(checkout, "own", "bin", "python")));
  symlinkSync(join(checkout, "theirs"), join(checkout, "linked"));
  assert.throws(() => link(join(checkout, "linked"), checkout), /move it away/);
  assert.equal(readlinkSync(join(checkout, "linked")), join(checkout, "theirs"));
});
