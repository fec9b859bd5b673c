import assert from "node:assert/strict";
import { test } from "node:test";
import { mount } from "quintet/mount";
import { validator } from "quintet/validator";
import type { WsgiApplication } from "quintet/wsgi";
import { goodEnviron } from "../../testing/environ.ts";

/** Answers with its name and where it finds itself. */
const named = (name: string): WsgiApplication =>
  validator((environ, startResponse) => {
    startResponse("200 OK", []);
    return [Buffer.from(`${name} ${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
  });

async function get(application: WsgiApplication, path: string, script = ""): Promise<string> {
  const environ = goodEnviron({ SCRIPT_NAME: script, PATH_INFO: path });
  let status = "";
  let body = "";
  const result = validator(application)(environ, (given) => {
    status = given;
    return () => {};
  });
  for await (const data of result) body += Buffer.from(data).toString();
  assert.equal(environ.PATH_INFO, path, "the environ of whoever called is left alone");
  return status === "200 OK" ? body : status;
}

const site = mount({ "/": named("root"), "/shop": named("shop"), "/shop/admin/": named("admin") });

test("the longest matching path wins, and it must end at a slash", async () => {
  assert.equal(await get(site, "/"), "root |/");
  assert.equal(await get(site, "/shop"), "shop /shop|");
  assert.equal(await get(site, "/shop/"), "shop /shop|/");
  assert.equal(await get(site, "/shop/orders/1"), "shop /shop|/orders/1");
  assert.equal(await get(site, "/shop/admin/x"), "admin /shop/admin|/x");
  assert.equal(await get(site, "/shopping"), "root |/shopping");
});

test("mounts nest, and add to the SCRIPT_NAME there is", async () => {
  const nested = mount({ "/site": site });
  assert.equal(await get(nested, "/site/shop/a", "/outer"), "shop /outer/site/shop|/a");
});

test("a path without a mounted application is answered 404", async () => {
  assert.equal(await get(mount({ "/a": named("a") }), "/b"), "404 Not Found");
});

test("a path without a slash in front is refused", () => {
  assert.throws(() => mount({ shop: named("shop") }), /does not begin with a slash/);
});
