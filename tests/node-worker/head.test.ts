import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { apps } from "../../testing/paths.ts";
import { start } from "../../testing/server.ts";

test("a HEAD whose body would never end is answered at once, and its iterator closed", async (t) => {
  const server = await start(join(apps, "ts", "endless.ts"), {
    args: ["--workers", "1"],
  });
  t.after(() => server.stop());
  const response = await fetch(server.url, { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await (await fetch(`${server.url}/closed`)).text(), "1");
});
