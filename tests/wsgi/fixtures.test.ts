// The validator is around every TypeScript application that the tests serve.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { WsgiViolation } from "quintet/validator";
import type { WsgiApplication } from "quintet/wsgi";
import { goodEnviron } from "../../testing/environ.ts";
import { apps } from "../../testing/paths.ts";

// What they are given here is no environ, which only the validator says at once.
const wrong = goodEnviron({ REQUEST_METHOD: undefined as never });
const files = globSync("**/*.ts", { cwd: apps }).toSorted();
/** They break the rules on purpose, for the server to notice. */
const bare = new Set(["ts/garbage.ts", "ts/spoken.ts", "ts/unruly.ts"]);
for (const file of files.filter((each) => !bare.has(each))) {
  test(`the validator is around ${file}, or it is Python's application as it is`, async () => {
    const { application } = (await import(join(apps, file))) as { application: WsgiApplication };
    if ("fetch" in application) return;
    assert.throws(() => application(wrong, () => () => {}), WsgiViolation);
  });
}

test("there are such applications", () => {
  assert.ok(files.includes("ts/basic.ts"));
});
