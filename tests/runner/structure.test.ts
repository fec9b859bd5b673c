import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { readImports } from "../../scripts/structure/imports.ts";
import { folderWith } from "../../testing/temp.ts";

/** What is wrong with a src/ of these files, each with the files it imports. */
async function violations(files: Record<string, string[]>): Promise<string[]> {
  const folder = folderWith();
  for (const [file, imports] of Object.entries(files)) {
    const path = join(folder, "src", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${imports.join("\n")}\nexport const one = 1;\nexport type One = 1;\n`);
  }
  return (await readImports(folder)).violations;
}

const value = (from: string): string => `import { one as _ } from "${from}";\nconsole.log(_);`;
const type = (from: string): string =>
  `import type { One as _ } from "${from}";\nexport type { _ };`;

test("imports that point down, and a circle of two files, are allowed", async () => {
  const found = await violations({
    "cli/main.ts": [value("../http/a.ts"), type("../shared/log.ts")],
    "http/a.ts": [value("./b.ts")],
    "http/b.ts": [type("./a.ts")],
    "shared/log.ts": [],
  });
  assert.deepEqual(found, []);
});

test("an import from a room above is refused, also of a type", async () => {
  const found = await violations({
    "shared/log.ts": [value("../wire/frames.ts")],
    "wire/frames.ts": [],
    "dispatch/task.ts": [type("../http/task.ts")],
    "http/task.ts": [],
  });
  assert.deepEqual(found.toSorted(), [
    "dispatch imports from a room that is not below it: src/dispatch/task.ts → src/http/task.ts",
    "shared imports from a room that is not below it: src/shared/log.ts → src/wire/frames.ts",
  ]);
});

test("an import from a neighbouring room is refused", async () => {
  const found = await violations({ "master/a.ts": [value("../workers/b.ts")], "workers/b.ts": [] });
  assert.deepEqual(found, [
    "master imports from a room that is not below it: src/master/a.ts → src/workers/b.ts",
  ]);
});

test("a circle of three files is refused, also if it is one of types", async () => {
  const found = await violations({
    "http/a.ts": [value("./b.ts")],
    "http/b.ts": [type("./c.ts")],
    "http/c.ts": [value("./a.ts")],
  });
  assert.deepEqual(found, ["a circle of 3 files: src/http/a.ts, src/http/b.ts, src/http/c.ts"]);
});

test("a circle of three files is refused although each two of them form one too", async () => {
  const found = await violations({
    "http/a.ts": [value("./b.ts"), value("./c.ts").replaceAll("_", "_c")],
    "http/b.ts": [value("./a.ts"), value("./c.ts").replaceAll("_", "_c")],
    "http/c.ts": [value("./a.ts"), value("./b.ts").replaceAll("_", "_b")],
  });
  assert.deepEqual(found, ["a circle of 3 files: src/http/a.ts, src/http/b.ts, src/http/c.ts"]);
});

test("a file in no room is refused, even if it imports nothing", async () => {
  const found = await violations({ "main.ts": [], "extra/more.ts": [value("../main.ts")] });
  assert.deepEqual(found.toSorted(), [
    "a file is in no room: src/extra/more.ts",
    "a file is in no room: src/main.ts",
  ]);
});
