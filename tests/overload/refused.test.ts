import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "../../testing/serve.ts";

/** Ask for a path, and see what a 503 says. */
async function ask(url: string): Promise<{ status: number; after: string | null; text: string }> {
  const response = await fetch(url);
  const after = response.headers.get("retry-after");
  return { status: response.status, after, text: await response.text() };
}

test("one request more than the backlog is 503 at once, with Retry-After, and is told from the others", async (t) => {
  const server = await serve(t, "hangs", { args: ["--backlog", "2"] });
  const began = performance.now();
  const asked = Array.from({ length: 8 }, () => ask(`${server.url}/sleep?1`));
  const first = await Promise.race(asked);
  assert.ok(performance.now() - began < 900);
  assert.equal(first.status, 503);
  const all = await Promise.all(asked);
  const refused = all.filter(({ status }) => status === 503);
  // One runs, one may be at the worker, two wait.
  assert.ok(refused.length === 4 || refused.length === 5, `${refused.length}`);
  assert.equal(all.filter(({ status }) => status === 200).length, 8 - refused.length);
  for (const { after, text } of refused) {
    assert.equal(after, "1");
    assert.match(text, /^503 Service Unavailable\nQUINTET_QUEUE_FULL, request [0-9a-f]+-/);
  }
  assert.equal((await ask(`${server.url}/pid`)).status, 200);
});

test("who has left takes nobody's place in the backlog", async (t) => {
  const server = await serve(t, "hangs", { args: ["--backlog", "4"] });
  const first = ask(`${server.url}/sleep?2`);
  await sleep(200);
  // One of these may be at the worker, the others wait; the first to wait stays.
  const waits = [ask(`${server.url}/pid`), ask(`${server.url}/pid`)];
  await sleep(50);
  const leaving = new AbortController();
  const left = Array.from({ length: 3 }, () =>
    fetch(`${server.url}/pid`, { signal: leaving.signal }).catch(() => {}),
  );
  // Not right behind the request, where it could only mean that nothing more is asked.
  await sleep(300);
  leaving.abort();
  await Promise.all(left);
  await sleep(100);
  const late = [ask(`${server.url}/pid`), ask(`${server.url}/pid`)];
  for (const { status } of await Promise.all([first, ...waits, ...late])) assert.equal(status, 200);
});

test("a request that waits longer than queueTimeout is 503, with Retry-After, at that time", async (t) => {
  const server = await serve(t, "hangs", { args: ["--queue-timeout", "1"] });
  const slow = ask(`${server.url}/sleep?3`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const began = performance.now();
  const { status, after, text } = await ask(`${server.url}/pid`);
  const took = performance.now() - began;
  assert.equal(status, 503);
  assert.equal(after, "1");
  assert.match(text, /QUINTET_QUEUE_TIMEOUT/);
  assert.ok(took > 990 && took < 2000, `${took} ms`);
  assert.equal((await slow).status, 200);
});
