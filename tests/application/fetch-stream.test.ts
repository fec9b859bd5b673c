import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { getPythonApplication } from "quintet/python";
import { apps, python } from "../../testing/paths.ts";
import { until } from "../../testing/wait.ts";
import { told } from "../../testing/told.ts";

const options = { project: apps, python, workers: 1, logLevel: "error" } as const;
const basic = getPythonApplication("basic", options);
const answers = getPythonApplication("answers", options);
after(() => Promise.all([basic.close(), answers.close()]));

const request = (path: string, init?: RequestInit): Request =>
  new Request(`http://shop.example${path}`, init);

async function answersStill(application: typeof basic): Promise<void> {
  const response = await application.fetch(request("/hello"));
  assert.match(await response.text(), /^hello/i);
}

test("chunks arrive when Python yields them", async () => {
  const response = await basic.fetch(request("/stream?3,0.3"));
  const headAt = performance.now();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const times: number[] = [];
  for (let number = 0; number < 3; number += 1) {
    const { value } = await reader.read();
    assert.equal(Buffer.from(value as Uint8Array).toString(), `chunk ${number}\n`);
    times.push(performance.now() - headAt);
  }
  assert.equal((await reader.read()).done, true);
  // Not all at once, and the head not only with the last.
  const [first, second, third] = times as [number, number, number];
  assert.ok(third - first > 300 && third - second > 100, times.join());
});

test("a reader that stops holds less than 1 MB, and goes on where it was", async () => {
  const { query, sent, closed } = told(20_000);
  const response = await answers.fetch(request(`/told?${query}`));
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let read = (await reader.read()).value?.length ?? 0;
  await sleep(400);
  assert.ok(sent() < 1_000_000, `Python has given ${sent()} bytes`);
  while (read < 5_000_000) read += (await reader.read()).value?.length ?? 0;
  await sleep(100);
  assert.ok(sent() - read < 1_000_000);
  await reader.cancel();
  await closed();
});

test("a response that nobody begins to read holds less than 1 MB", async () => {
  const { query, sent, closed } = told(20_000);
  const response = await answers.fetch(request(`/told?${query}`));
  await sleep(400);
  assert.ok(sent() < 1_000_000, `Python has given ${sent()} bytes`);
  await response.body?.cancel();
  await closed();
});

test("a body that is cancelled closes the iterator in Python", async () => {
  const { query, closed } = told(1000, 0.02);
  const response = await answers.fetch(request(`/told?${query}`));
  await response.body?.cancel("enough");
  await closed();
  await answersStill(answers);
});

test("a signal aborted before is obeyed at once, and starts nothing", async () => {
  const unused = getPythonApplication("there_is_none", options);
  const signal = AbortSignal.abort(new Error("not at all"));
  await assert.rejects(unused.fetch(request("/", { signal })), /not at all/);
  await unused.close();
});

test("a signal aborted while the workers start is obeyed at once", async () => {
  const fresh = getPythonApplication("basic", options);
  const abort = new AbortController();
  const fetching = fresh.fetch(request("/", { signal: abort.signal }));
  abort.abort();
  const began = performance.now();
  await assert.rejects(fetching, { name: "AbortError" });
  assert.ok(performance.now() - began < 40);
  await answersStill(fresh);
  await fresh.close();
});

test("a signal aborted while the body is taken ends that, and tells the source", async () => {
  const abort = new AbortController();
  let cancelled: unknown;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(1000)),
    cancel: (reason) => void (cancelled = reason),
  });
  const init = { method: "POST", body, duplex: "half", signal: abort.signal } as RequestInit;
  const fetching = basic.fetch(request("/digest", init));
  await sleep(50);
  abort.abort(new Error("the user has left"));
  await assert.rejects(fetching, /the user has left/);
  await until(() => cancelled !== undefined, "the source is cancelled");
  await answersStill(basic);
});

test("a signal aborted while the view runs is obeyed at once", async () => {
  const abort = new AbortController();
  const fetching = basic.fetch(request("/sleep?0.5", { signal: abort.signal }));
  await sleep(50);
  const began = performance.now();
  abort.abort();
  await assert.rejects(fetching, { name: "AbortError" });
  assert.ok(performance.now() - began < 100);
  await answersStill(basic);
});

test("a signal aborted while the request waits for a worker is obeyed, and the view never runs", async () => {
  const abort = new AbortController();
  const busy = basic.fetch(request("/sleep?0.4"));
  await sleep(50);
  const { query, sent } = told(10);
  const waiting = [1, 2, 3].map(() =>
    basic.fetch(request(`/told?${query}`, { signal: abort.signal })),
  );
  await sleep(50);
  abort.abort();
  for (const each of waiting) await assert.rejects(each, { name: "AbortError" });
  await busy;
  await answersStill(basic);
  assert.equal(sent(), 0);
});

test("a signal aborted in mid-stream fails the reader and closes the iterator in Python", async () => {
  const { query, closed } = told(1000, 0.02);
  const abort = new AbortController();
  const response = await answers.fetch(request(`/told?${query}`, { signal: abort.signal }));
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  abort.abort(new Error("seen enough"));
  await assert.rejects(async () => {
    for (;;) if ((await reader.read()).done) return;
  }, /seen enough/);
  await closed();
  await answersStill(answers);
});

test("a signal aborted after the end changes nothing", async () => {
  const abort = new AbortController();
  const response = await basic.fetch(request("/", { signal: abort.signal }));
  assert.equal(await response.text(), "Hello, world!\n");
  abort.abort();
  await answersStill(basic);
});
