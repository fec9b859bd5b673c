import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Running, start } from "./support/server.ts";

let server: Running;
before(async () => {
  server = await start("basic");
});
after(async () => {
  await server.stop();
});

test("a bare function is served", async () => {
  const response = await fetch(`${server.url}/`);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "Hello, world!\n");
});
