import assert from "node:assert/strict";
import { test } from "node:test";
import { getPythonApplication, type ApplicationOptions } from "quintet/python";
import { apps, python } from "../../testing/paths.ts";

const nulls: ApplicationOptions = {
  timeout: null,
  maxRequests: null,
  maxMemory: null,
  maxMemoryHard: null,
  maxAge: null,
  hooks: null,
  bodyTimeout: null,
  limitRequestBody: { "*": 10, "/upload/*": null },
};

for (const [what, options] of [
  ["null, and env as a record", { ...nulls, env: { ONE: "a=b" } }],
  ["the older forms", { timeout: 0, maxMemory: 0, hooks: "", env: ["ONE=a=b"] }],
] as const) {
  test(`the options of an application may be ${what}`, async () => {
    const common = { project: apps, python, logLevel: "error", workers: 1 } as const;
    const application = getPythonApplication("getenv", { ...common, ...options });
    try {
      const response = await application.fetch(new Request("http://a/?ONE"));
      assert.deepEqual(await response.json(), { ONE: "a=b" });
    } finally {
      await application.close();
    }
  });
}
