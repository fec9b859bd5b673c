import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { getPythonApplication } from "quintet/python";
import { barrier } from "../../testing/barrier.ts";
import { apps, python } from "../../testing/paths.ts";
import { PATIENCE, until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";
import { type Told, told } from "../../testing/told.ts";

const options = { project: apps, python, workers: 1, logLevel: "error" } as const;
const basic = getPythonApplication("gated", options);
const answers = getPythonApplication("answers", options);
after(() => Promise.all([basic.close(), answers.close()]));

const request = (path: string, init?: RequestInit): Request =>
  new Request(`http://shop.example${path}`, init);

async function answersStill(application: typeof basic): Promise<void> {
  const response = await application.fetch(request("/hello"));
  assert.match(await response.text(), /^hello/i);
}

test("chunks arrive when Python yields them", async () => {
  const { path: held, open } = barrier();
  const response = await basic.fetch(request(`/halfway?${held}`));
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const read = async (): Promise<string> =>
    Buffer.from((await reader.read()).value ?? []).toString();
  assert.equal(await read(), "in front\n");
  // Only now Python comes to the second one.
  open();
  assert.equal(await read(), "behind\n");
  assert.equal((await reader.read()).done, true);
});

/** How far Python has come when it goes no further. */
async function standstill({ sent }: Told): Promise<number> {
  const end = performance.now() + PATIENCE;
  for (let before = -1; before !== sent() && performance.now() < end;) {
    before = sent();
    // Nothing happens: that is what is waited for.
    await sleep(300);
  }
  return sent();
}

test("a reader that stops holds less than 1 MB, and can continue where it was", async () => {
  const view = told(20_000);
  const response = await answers.fetch(request(`/told?${view.query}`));
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let read = (await reader.read()).value?.length ?? 0;
  let sent = await standstill(view);
  assert.ok(sent < 1_000_000, `Python has given ${sent} bytes`);
  while (read < 5_000_000) read += (await reader.read()).value?.length ?? 0;
  sent = await standstill(view);
  assert.ok(sent - read < 1_000_000, `Python has given ${sent} bytes`);
  await reader.cancel();
  await view.closed();
});

test("a response that nobody begins to read holds less than 1 MB", async () => {
  const view = told(20_000);
  const response = await answers.fetch(request(`/told?${view.query}`));
  const sent = await standstill(view);
  assert.ok(sent < 1_000_000, `Python has given ${sent} bytes`);
  await response.body?.cancel();
  await view.closed();
});

test("a body that is cancelled closes the iterator in Python", async () => {
  const { query, closed } = told(1000, 0.02);
  const response = await answers.fetch(request(`/told?${query}`));
  await response.body?.cancel("enough");
  await closed();
  await answersStill(answers);
});

test("a signal that is already aborted takes effect at once, and nothing starts", async () => {
  const unused = getPythonApplication("there_is_none", options);
  const signal = AbortSignal.abort(new Error("not at all"));
  await assert.rejects(unused.fetch(request("/", { signal })), /not at all/);
  await unused.close();
});

test("a signal aborted while the workers start is obeyed at once", async () => {
  const { path: held, untilReached, open } = barrier();
  const module = `import basic, gated
gated.reach(${JSON.stringify(held)})
gated.wait(${JSON.stringify(held)})
application = basic.application
`;
  const project = folderWith({ "waits.py": module });
  const env = [`PYTHONPATH=${apps}`];
  const fresh = getPythonApplication("waits", { ...options, project, env });
  const abort = new AbortController();
  const fetching = fresh.fetch(request("/", { signal: abort.signal }));
  await untilReached();
  abort.abort();
  await assert.rejects(fetching, { name: "AbortError" });
  open();
  await answersStill(fresh);
  await fresh.close();
});

test("a signal aborted while the body is read cancels the body's source", async () => {
  const abort = new AbortController();
  let cancelled: unknown;
  let pulls = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        pulls += 1;
        if (pulls === 1) controller.enqueue(new Uint8Array(1000));
        // It never resolves: more is promised.
        else return new Promise(() => {});
      },
      cancel: (reason) => void (cancelled = reason),
    },
    { highWaterMark: 0 },
  );
  const init = { method: "POST", body, duplex: "half", signal: abort.signal } as RequestInit;
  const fetching = basic.fetch(request("/digest", init));
  await until(() => pulls === 2, "the first piece is taken");
  abort.abort(new Error("the user has left"));
  await assert.rejects(fetching, /the user has left/);
  await until(() => cancelled !== undefined, "the source is cancelled");
  await answersStill(basic);
});

test("a signal aborted while the view runs is obeyed at once", async () => {
  const abort = new AbortController();
  const { path: held, untilReached, open } = barrier();
  const fetching = basic.fetch(request(`/gate?${held}`, { signal: abort.signal }));
  await untilReached();
  abort.abort();
  await assert.rejects(fetching, { name: "AbortError" });
  open();
  await answersStill(basic);
});

test("a signal aborted while the request waits for a worker is obeyed, and the view never runs", async () => {
  const abort = new AbortController();
  const { path: held, untilReached, open } = barrier();
  const busy = basic.fetch(request(`/gate?${held}`));
  await untilReached();
  // Nothing is sent to a worker whose request has run for 10 ms; the timer that finds it is this process's own.
  for (let turn = 0; turn < 10; turn += 1) await sleep(10);
  const never = barrier();
  never.open();
  const waiting = [1, 2, 3].map(() =>
    basic.fetch(request(`/gate?${never.path}`, { signal: abort.signal })),
  );
  // They stand in the queue.
  await setImmediate();
  abort.abort();
  for (const each of waiting) await assert.rejects(each, { name: "AbortError" });
  open();
  await busy;
  await answersStill(basic);
  assert.equal(never.reached().length, 0);
});

test("a signal aborted in mid-stream fails the reader and closes the iterator in Python", async () => {
  const { query, closed } = told(1000, 0.02);
  const abort = new AbortController();
  const response = await answers.fetch(request(`/told?${query}`, { signal: abort.signal }));
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  abort.abort(new Error("seen enough"));
  await assert.rejects(async () => {
    const end = performance.now() + PATIENCE;
    while (performance.now() < end && !(await reader.read()).done);
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
