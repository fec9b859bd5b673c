import assert from "node:assert/strict";
import { after, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import { listen } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";
import { told } from "../../testing/told.ts";

const answers = getPythonApplication("answers", {
  project: apps,
  python,
  workers: 1,
  timeout: 600,
  logLevel: "error",
});
after(() => answers.close());

test("a HEAD whose body would never end is answered at once, and its iterator closed", async () => {
  for (const [size, pause] of [
    [10, 0],
    [70_000, 0],
    [1000, 0.05],
  ] as const) {
    const { query, sent, closed } = told(size, pause);
    const request = new Request(`http://shop.example/told?${query}`, { method: "HEAD" });
    const response = await answers.fetch(request);
    assert.equal(response.status, 200);
    assert.equal(response.body, null);
    await closed();
    assert.equal(sent(), size);
  }
});

test("so it is over HTTP", async (t) => {
  const server = await listen(answers.handler);
  t.after(() => server.close());
  const { query, closed } = told(10);
  const response = await fetch(`${server.url}/told?${query}`, { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/octet-stream");
  assert.equal(response.headers.get("content-length"), null);
  await closed();
});
