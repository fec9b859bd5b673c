import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { barrier } from "../../testing/barrier.ts";
import { measured } from "../../testing/control.ts";
import { seenByFront } from "../../testing/seen.ts";
import { serve } from "../../testing/serve.ts";
import { requestsOf, statusOf } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";

interface Answer {
  status: number;
  after: string | null;
  text: string;
}

/** Request a path, and return the text of a 503. */
async function ask(url: string): Promise<Answer> {
  const response = await fetch(url);
  const after = response.headers.get("retry-after");
  return { status: response.status, after, text: await response.text() };
}

/** Wait until the server has this many requests, running or waiting. */
function untilThere(server: { pid: number }, count: () => number): Promise<void> {
  return until(async () => {
    const { running, waiting } = await requestsOf(server);
    return running + waiting === count();
  }, "all requests are there");
}

test("one request more than the backlog allows gets 503 with Retry-After at once, and the log tells it apart", async (t) => {
  const server = await serve(t, "held", { args: ["--backlog", "2"] });
  const held = barrier();
  const refused: Answer[] = [];
  const asked = Array.from({ length: 8 }, async () => {
    const answer = await ask(`${server.url}/wait?${held.path}`);
    if (answer.status === 503) refused.push(answer);
    return answer.status;
  });
  // It is refused at once: none of the others is answered before the barrier opens.
  await until(() => refused.length >= 4, "some are refused");
  await untilThere(server, () => 8 - refused.length);
  // One runs, one may be at the worker, two wait.
  assert.ok(refused.length === 4 || refused.length === 5, `${refused.length}`);
  held.open();
  const statuses = await Promise.all(asked);
  assert.equal(statuses.filter((status) => status === 200).length, 8 - refused.length);
  for (const { after, text } of refused) {
    assert.equal(after, "1");
    assert.match(text, /^503 Service Unavailable\nQUINTET_QUEUE_FULL, request [0-9a-f]+-/);
  }
  assert.equal((await ask(`${server.url}/pid`)).status, 200);
});

test("a client that has left takes no place in the backlog", async (t) => {
  const server = await serve(t, "held", { args: ["--backlog", "4"] });
  const held = barrier();
  const first = ask(`${server.url}/wait?${held.path}`);
  await held.untilReached();
  // One of these may be at the worker, the others wait; the first to wait stays.
  const waits = [ask(`${server.url}/pid`), ask(`${server.url}/pid`)];
  await untilThere(server, () => 3);
  const leaving = new AbortController();
  let refused = 0;
  const left = Array.from({ length: 3 }, () =>
    fetch(`${server.url}/pid`, { signal: leaving.signal }).then(
      () => void (refused += 1),
      () => {},
    ),
  );
  await untilThere(server, () => 6 - refused);
  // A client that ends its half of the connection right behind the request may only say that it asks nothing more.
  await sleep(300);
  leaving.abort();
  await Promise.all(left);
  const connections = (count: number): Promise<void> =>
    until(
      async () => (await statusOf(server))?.fronts[0]?.connections === count,
      `${count} connections`,
    );
  await connections(3);
  const late = [ask(`${server.url}/pid`), ask(`${server.url}/pid`)];
  await connections(5);
  await seenByFront(server);
  held.open();
  for (const { status } of await Promise.all([first, ...waits, ...late])) assert.equal(status, 200);
});

test("a request that waits longer than queueTimeout is 503, with Retry-After, at that time", async (t) => {
  const server = await serve(t, "held", { args: ["--queue-timeout", "1"] });
  const held = barrier();
  const slow = ask(`${server.url}/wait?${held.path}`);
  await held.untilReached();
  const { result, took, allow } = await measured(() => ask(`${server.url}/pid`));
  const { status, after, text } = result;
  assert.equal(status, 503);
  assert.equal(after, "1");
  assert.match(text, /QUINTET_QUEUE_TIMEOUT/);
  assert.ok(took > 990 && took <= allow(2000), `${took} ms`);
  held.open();
  assert.equal((await slow).status, 200);
});
