import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../../testing/serve.ts";
import { isAlive } from "../../testing/processes.ts";
import { folderWith } from "../../testing/temp.ts";

const app = `
import sys
def application(environ, start_response):
    for _ in range(600):
        sys.stdout.write("x" * 1000000)
    start_response("200 OK", [])
    return [b"ok"]
`;

test("an application that prints without ever ending a line does not fill the front", async (t) => {
  const cwd = folderWith({ "app.py": app });
  const server = await serve(t, "app", { cwd });
  // As much would not have room in this process either.
  server.child.stdout?.removeAllListeners("data");
  server.child.stdout?.on("data", () => {});
  const { front } = server;
  assert.equal(await (await fetch(server.url)).text(), "ok");
  assert.ok(isAlive(front));
});
