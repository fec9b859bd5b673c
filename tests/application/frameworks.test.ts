import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import fastify from "fastify";
import { Hono } from "hono";
import { getWsgiApplication } from "quintet/django";
import { listen } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";

const application = getWsgiApplication({
  project: join(apps, "shop"),
  python,
  env: ["DJANGO_SETTINGS_MODULE=shop.settings"],
  workers: 1,
  logLevel: "error",
});
after(() => application.close());

interface Page {
  script_name: string;
  path: string;
  orders: string;
  request_uri: string;
  query: Record<string, string>;
}

/** Cuts the path of a mount off the URL, as connect and Fastify's @fastify/middie do it. */
function connectMount(path: string): ReturnType<typeof listen> {
  return listen((request, response) => {
    const original = request.url as string;
    const rest = original.slice(path.length);
    Object.assign(request, {
      originalUrl: original,
      url: rest.startsWith("/") ? rest : `/${rest}`,
    });
    application.handler(request, response);
  });
}

test("connect tells the mount by originalUrl", async (t) => {
  const server = await connectMount("/shop");
  t.after(() => server.close());
  for (const [path, query] of [
    ["/", {}],
    ["", {}],
    ["/?a=1", { a: "1" }],
    ["?a=/", { a: "/" }],
  ] as const) {
    const seen = (await (await fetch(`${server.url}/shop${path}`)).json()) as Page;
    assert.equal(seen.script_name, "/shop", path);
    assert.equal(seen.orders, "/shop/orders/", path);
    assert.deepEqual(seen.query, query, path);
  }
  const order = await fetch(`${server.url}/shop/orders/3/`);
  assert.equal(await order.text(), "order 3 at /shop/orders/3/");
});

test("a URL that was completely rewritten is not a mount", async (t) => {
  const server = await listen((request, response) => {
    Object.assign(request, { originalUrl: request.url, url: "/orders/9/" });
    application.handler(request, response);
  });
  t.after(() => server.close());
  assert.equal(await (await fetch(`${server.url}/old/page`)).text(), "order 9 at /orders/9/");
});

test("Fastify hands the raw request over, bodies too", async (t) => {
  const app = fastify();
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.all("/*", (request, reply) => {
      reply.hijack();
      application.handler(request.raw, reply.raw);
    });
  });
  app.get("/health", () => "fine");
  t.after(() => app.close());
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  assert.equal(await (await fetch(`${url}/health`)).text(), "fine");
  const body = new URLSearchParams({ name: "chair" });
  const response = await fetch(`${url}/buy/`, { method: "POST", body });
  assert.equal(await response.text(), "order 5 at /orders/5/");
  const injected = await app.inject({ url: "/orders/4/" });
  assert.equal(injected.statusCode, 200);
  assert.equal(injected.body, "order 4 at /orders/4/");
});

test("Hono passes requests on to fetch", async () => {
  const app = new Hono();
  app.get("/health", (context) => context.text("fine"));
  app.all("/*", (context) => application.fetch(context.req.raw));
  assert.equal(await (await app.request("/health")).text(), "fine");
  const seen = (await (await app.request("/?a=1")).json()) as Page;
  assert.deepEqual(seen.query, { a: "1" });
  const body = new URLSearchParams({ name: "chair" });
  const response = await app.request("/buy/", { method: "POST", body });
  assert.equal(response.headers.get("location"), "/orders/5/");
  assert.match(response.headers.getSetCookie()[0] as string, /^bought=chair;/);
});

test("Hono's middleware adds to Django's response", async () => {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("X-Added", "by Hono");
  });
  app.all("/*", (context) => application.fetch(context.req.raw));
  const response = await app.request("/orders/");
  assert.equal(response.headers.get("x-added"), "by Hono");
  assert.match(response.headers.get("set-cookie") as string, /^seen=orders;/);
  assert.equal(await response.text(), "orders");
});

test("Hono's mount removes its path, and FORCE_SCRIPT_NAME tells Django about it", async (t) => {
  const mounted = getWsgiApplication({
    project: join(apps, "shop"),
    python,
    env: ["DJANGO_SETTINGS_MODULE=shop.settings", "SHOP_SCRIPT_NAME=/shop"],
    workers: 1,
    logLevel: "error",
  });
  t.after(() => mounted.close());
  const app = new Hono().mount("/shop", mounted.fetch);
  const seen = (await (await app.request("/shop/?a=1")).json()) as Page;
  assert.equal(seen.orders, "/shop/orders/");
  assert.equal(seen.path, "/shop/");
  assert.equal(await (await app.request("/shop/orders/2/")).text(), "order 2 at /shop/orders/2/");
});
