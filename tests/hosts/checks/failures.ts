import assert from "node:assert/strict";
import { ask } from "../../../testing/hosts/ask.ts";
import { until } from "../../../testing/wait.ts";
import { raw } from "../../../testing/socket.ts";
import type { Subject } from "../behaviours.ts";

export async function missing({ site }: Subject): Promise<void> {
  const response = await ask(`${site.url}/nothing/here/`);
  assert.equal(response.status, 404);
  assert.match(await response.text(), /There is nothing at this address/);
}

export async function boom({ site }: Subject): Promise<void> {
  const response = await ask(`${site.url}/probe/boom`);
  assert.equal(response.status, 500);
  assert.match(await response.text(), /Something went wrong/);
  await until(() => site.log().includes("ValueError: boom in a view"), "the traceback is logged");
  assert.equal((await ask(`${site.url}/healthz`)).status, 200);
}

export async function cut({ site }: Subject): Promise<void> {
  await assert.rejects(async () => {
    const response = await ask(`${site.url}/probe/cut`);
    await response.text();
  });
  // Not every client complains; what it is sent must not look whole.
  const connection = await raw(site.port);
  connection.write(`GET /probe/cut HTTP/1.1\r\nHost: 127.0.0.1:${site.port}\r\n\r\n`);
  const { text } = await connection.closed();
  assert.ok(!text.endsWith("\r\n0\r\n\r\n"), "the chunked body does not end");
  assert.equal((await ask(`${site.url}/healthz`)).status, 200);
}

export async function errors({ site }: Subject): Promise<void> {
  assert.equal((await ask(`${site.url}/probe/errors`)).status, 200);
  await until(() => site.log().includes("written to wsgi.errors"), "the text is logged");
}
