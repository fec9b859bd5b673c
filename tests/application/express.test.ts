import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import express from "express";
import { getWsgiApplication } from "quintet/django";
import { type Listening, listen } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";

const application = getWsgiApplication({
  project: join(apps, "shop"),
  python,
  env: ["DJANGO_SETTINGS_MODULE=shop.settings"],
  workers: 1,
  logLevel: "error",
});
let server: Listening;
before(async () => {
  const app = express();
  app.get("/", (_request, response) => void response.send("the front page"));
  app.use("/shop", application.handler);
  const inner = express.Router();
  inner.use("/b%20c", application.handler);
  app.use("/a", inner);
  app.use("/parsed", express.json(), express.urlencoded(), application.handler);
  app.all("/orders{/*rest}", application.handler);
  server = await listen(app);
});
after(async () => {
  await server.close();
  await application.close();
});

interface Page {
  script_name: string;
  path: string;
  path_info: string;
  request_uri: string;
  query: Record<string, string>;
  orders: string;
  absolute: string;
}

async function page(path: string): Promise<Page> {
  const response = await fetch(server.url + path);
  assert.equal(response.status, 200, path);
  return (await response.json()) as Page;
}

test("mounted under a path, Django knows where it is", async () => {
  const seen = await page("/shop/?a=1&b=2");
  assert.equal(seen.script_name, "/shop");
  assert.equal(seen.path_info, "/");
  assert.equal(seen.path, "/shop/");
  assert.equal(seen.orders, "/shop/orders/");
  assert.equal(seen.request_uri, "/shop/?a=1&b=2");
  assert.equal(seen.absolute, `${server.url}/shop/?a=1&b=2`);
  assert.deepEqual(seen.query, { a: "1", b: "2" });
});

test("the mount's path without a trailing slash belongs to the mount", async () => {
  for (const [path, query] of [
    ["/shop", {}],
    ["/shop?page=2", { page: "2" }],
  ] as const) {
    const seen = await page(path);
    assert.equal(seen.script_name, "/shop", path);
    assert.equal(seen.orders, "/shop/orders/", path);
    assert.deepEqual(seen.query, query);
  }
});

test("a mount within a mount, with an escape in its path", async () => {
  const seen = await page("/a/b%20c/");
  assert.equal(seen.script_name, "/a/b c");
  assert.equal(seen.orders, "/a/b%20c/orders/");
});

test("a mount is found however its letters are written, and keeps the writing", async () => {
  assert.equal((await page("/SHOP/")).orders, "/SHOP/orders/");
});

test("the framework's own pages are its own", async () => {
  assert.equal(await (await fetch(server.url)).text(), "the front page");
  assert.equal((await fetch(`${server.url}/nowhere`)).status, 404);
});

test("a path that is routed but not mounted is kept complete", async () => {
  const response = await fetch(`${server.url}/orders/7/`);
  assert.equal(await response.text(), "order 7 at /orders/7/");
});

test("a form is posted, and the redirect leads below the mount", async () => {
  const body = new URLSearchParams({ name: "chair" });
  const response = await fetch(`${server.url}/shop/buy/`, {
    method: "POST",
    body,
    redirect: "manual",
  });
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("location"), "/shop/orders/5/");
  assert.match(response.headers.getSetCookie()[0] as string, /^bought=chair;/);
  assert.equal(response.headers.get("x-powered-by"), "Express");
  const followed = await fetch(`${server.url}/shop/buy/`, { method: "POST", body });
  assert.equal(await followed.text(), "order 5 at /shop/orders/5/");
});

test("Django's own redirect to the path with a slash keeps the mount", async () => {
  const response = await fetch(`${server.url}/shop/orders`, { redirect: "manual" });
  assert.equal(response.status, 301);
  assert.equal(response.headers.get("location"), "/shop/orders/");
});

test("a file is uploaded", async () => {
  const content = Buffer.alloc(3_000_000, "some content ");
  const body = new FormData();
  body.set("note", "naïve");
  body.set("file", new File([content], "list.txt"));
  const response = await fetch(`${server.url}/shop/upload/`, { method: "POST", body });
  assert.deepEqual(await response.json(), {
    name: "list.txt",
    size: 3_000_000,
    sha256: createHash("sha256").update(content).digest("hex"),
    note: "naïve",
  });
});

test("behind a body parser, a body that the parser has read is refused by name", async () => {
  const response = await fetch(`${server.url}/parsed/buy/`, {
    method: "POST",
    body: new URLSearchParams({ name: "chair" }),
  });
  assert.equal(response.status, 502);
  assert.match(await response.text(), /QUINTET_BODY_USED/);
});

test("behind a body parser, a body that the parser has not touched arrives", async () => {
  const body = new FormData();
  body.set("name", "table");
  const init = { method: "POST", body, redirect: "manual" } as const;
  const response = await fetch(`${server.url}/parsed/buy/`, init);
  assert.equal(response.headers.get("location"), "/parsed/orders/5/");
  const empty = await fetch(`${server.url}/parsed/buy/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Length": "0" },
    redirect: "manual",
  });
  assert.equal(empty.headers.get("location"), "/parsed/orders/0/");
  assert.equal((await page("/parsed/")).script_name, "/parsed");
});

test("Express's error handler hears of an application that cannot be loaded", async () => {
  const broken = getWsgiApplication({
    project: apps,
    python,
    env: ["DJANGO_SETTINGS_MODULE=none"],
  });
  const app = express();
  app.use(broken.handler);
  app.use(((error, _request, response, _next) => {
    response.status(500).send(`sorry: ${(error as { code: string }).code}`);
  }) as express.ErrorRequestHandler);
  const other = await listen(app);
  const response = await fetch(other.url);
  assert.equal(response.status, 500);
  assert.equal(await response.text(), "sorry: QUINTET_DJANGO_FAILED");
  await other.close();
  await broken.close();
});
