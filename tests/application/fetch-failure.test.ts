import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { getWsgiApplication } from "quintet/django";
import { QuintetError } from "quintet/errors";
import { getPythonApplication } from "quintet/python";
import { barrier } from "../../testing/barrier.ts";
import { apps, python } from "../../testing/paths.ts";
import { folderWith } from "../../testing/temp.ts";

const options = { project: apps, python, workers: 1, logLevel: "error" } as const;
const basic = getPythonApplication("basic", options);
const answers = getPythonApplication("answers", options);
const impatient = getPythonApplication("basic", { ...options, timeout: 2 });
after(() => Promise.all([basic.close(), answers.close(), impatient.close()]));

const request = (path: string): Request => new Request(`http://shop.example${path}`);

const withCode = (code: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof QuintetError, String(error));
  assert.equal(error.code, code);
  if (message) assert.match(error.message, message);
  return true;
};

async function expect(response: Response, status: number, line: string): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.match(text, new RegExp(`^${line}, request [0-9a-z-]+\n$`));
}

test("a worker that dies is a 502", async () => {
  await expect(await basic.fetch(request("/die")), 502, "502 Bad Gateway\nQUINTET_WORKER_DIED");
  assert.equal((await basic.fetch(request("/"))).status, 200);
});

test("an error response to HEAD has no body", async () => {
  for (const [path, status] of [
    ["/die", 502],
    ["/%00", 400],
  ] as const) {
    const response = await basic.fetch(new Request(request(path), { method: "HEAD" }));
    assert.equal(response.status, status);
    assert.equal(response.body, null);
  }
});

test("a view that takes too long gives a 504", async () => {
  const late = await impatient.fetch(request("/sleep?60"));
  await expect(late, 504, "504 Gateway Timeout\nQUINTET_TIMEOUT");
  assert.equal((await impatient.fetch(request("/"))).status, 200);
});

test("a full queue gives a 503 that says when to retry", async () => {
  const narrow = getPythonApplication("basic", { ...options, backlog: 1 });
  await narrow.fetch(request("/"));
  const many = Array.from({ length: 8 }, () => narrow.fetch(request("/sleep?0.1")));
  const refused = (await Promise.all(many)).filter(({ status }) => status !== 200);
  assert.ok(refused.length > 0);
  for (const each of refused) {
    assert.equal(each.headers.get("retry-after"), "1");
    await expect(each, 503, "503 Service Unavailable\nQUINTET_QUEUE_FULL");
  }
  await narrow.close();
});

test("a request that waits too long is answered 503", async () => {
  const narrow = getPythonApplication("gated", { ...options, queueTimeout: 0.2 });
  const { path: held, untilReached, open } = barrier();
  const busy = narrow.fetch(request(`/gate?${held}`));
  await untilReached();
  // The first may be at the worker already.
  const [first, ...others] = [1, 2, 3].map(() => narrow.fetch(request("/")));
  for (const each of await Promise.all(others))
    await expect(each, 503, "503 Service Unavailable\nQUINTET_QUEUE_TIMEOUT");
  open();
  assert.equal((await busy).status, 200);
  await first;
  await narrow.close();
});

test("the reader of a response that breaks off gets the first part, then an error", async () => {
  for (const path of ["/boom-late", "/die-late"]) {
    const response = await (path === "/die-late" ? answers : basic).fetch(request(path));
    assert.equal(response.status, 200);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    assert.equal(Buffer.from(value as Uint8Array).toString(), "begun\n");
    const code = path === "/die-late" ? "QUINTET_WORKER_DIED" : "QUINTET_BAD_ANSWER";
    await assert.rejects(reader.read(), withCode(code, /cut short/));
  }
});

test("an application that cannot be loaded rejects with its code", async () => {
  const shop = join(apps, "shop");
  const broken = folderWith({
    "raises.py": "1 / 0\n",
    "empty.py": "",
    "broken_settings.py": "import there_is_none\n",
    python: "#!/bin/sh\nexit 9\n",
  });
  const noDjango = folderWith({
    "django/__init__.py": "raise ModuleNotFoundError('no', name='django')\n",
  });
  const failures: [string, ReturnType<typeof getPythonApplication>][] = [
    ["QUINTET_NO_MODULE", getPythonApplication("there_is_none", { ...options, project: broken })],
    ["QUINTET_MODULE_FAILED", getPythonApplication("raises", { ...options, project: broken })],
    ["QUINTET_NO_APPLICATION", getPythonApplication("empty", { ...options, project: broken })],
    ["QUINTET_NO_PYTHON", getPythonApplication("basic", { ...options, python: "/no/such/python" })],
    ["QUINTET_PYTHON_FAILED", getPythonApplication("basic", { ...options, python: "/bin/false" })],
    ["QUINTET_SETTING", getPythonApplication("basic", { ...options, workers: 0 })],
    ["QUINTET_NO_SETTINGS", getWsgiApplication({ ...options, project: shop })],
    [
      "QUINTET_NO_DJANGO",
      getWsgiApplication({ ...options, project: noDjango, env: ["DJANGO_SETTINGS_MODULE=x"] }),
    ],
    [
      "QUINTET_DJANGO_FAILED",
      getWsgiApplication({
        ...options,
        project: broken,
        env: ["DJANGO_SETTINGS_MODULE=broken_settings"],
      }),
    ],
  ];
  for (const [code, application] of failures) {
    await assert.rejects(application.fetch(request("/")), withCode(code), code);
    await application.close();
  }
});

test("an unexpected Python error is shown with its traceback", async () => {
  const project = folderWith({ "raises.py": "1 / 0\n" });
  const application = getPythonApplication("raises", { ...options, project });
  await assert.rejects(application.fetch(request("/")), (error: QuintetError) => {
    assert.match(error.message, /ZeroDivisionError/);
    assert.match(error.detail, /raises\.py", line 1/);
    return true;
  });
  await application.close();
});

test("after a failed start the next request tries again", async () => {
  const project = folderWith({ "later.py": "1 / 0\n" });
  const later = getPythonApplication("later", { ...options, project });
  const both = await Promise.allSettled([later.fetch(request("/")), later.fetch(request("/"))]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  writeFileSync(join(project, "later.py"), "from basic import application\n");
  const path = getPythonApplication("later", { ...options, project, env: [`PYTHONPATH=${apps}`] });
  writeFileSync(
    join(project, "basic.py"),
    "def application(e, s):\n    s('200 OK', [])\n    return [b'now']\n",
  );
  assert.equal(await (await later.fetch(request("/"))).text(), "now");
  await Promise.all([later.close(), path.close()]);
});
