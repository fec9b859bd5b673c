import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { openIn } from "../../../testing/open-files.ts";
import { serve } from "../../../testing/serve.ts";
import { folderWith } from "../../../testing/temp.ts";

test("an upload of 100 MB arrives intact, also when it is sent by curl", async (t) => {
  const temporary = folderWith();
  const args = ["--workers", "2", "--body-memory", "64k", "--temp-dir", temporary];
  const server = await serve(t, "basic", { args });
  const file = join(folderWith(), "upload");
  const body = Buffer.alloc(100_000_000);
  for (let index = 0; index < body.length; index += 4096) body.writeUInt32LE(index, index);
  writeFileSync(file, body);
  const url = `${server.url}/digest`;
  const options = ["--silent", "--show-error", "--data-binary", `@${file}`, url];
  const { stdout } = await promisify(execFile)("curl", options);
  assert.equal(stdout, `100000000 ${createHash("sha256").update(body).digest("hex")}`);
  assert.deepEqual(openIn(server.front, temporary), []);
});
