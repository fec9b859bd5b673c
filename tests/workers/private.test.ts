import assert from "node:assert/strict";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { control } from "../../testing/command.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";

/** The permissions of a file for other users. */
const forOthers = (path: string): number => lstatSync(path).mode & 0o077;

test("the processes of a server share files only in folders that no other user can enter", async (t) => {
  const runtime = folderWith();
  const args = ["--workers", "2", "--control", control];
  const env = { XDG_RUNTIME_DIR: runtime };
  const server = await serve(t, "basic", { args, env });
  const folders = readdirSync(runtime).map((name) => join(runtime, name));
  assert.equal(folders.length, 1, "the folder of front and workers");
  for (const folder of [...folders, control]) {
    assert.equal(forOthers(folder), 0, folder);
    assert.equal(lstatSync(folder).uid, process.getuid?.());
  }
  assert.ok(readdirSync(control).includes(`${server.pid}.sock`));
});
