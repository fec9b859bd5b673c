import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import express from "express";
import { type ApplicationOptions, getWsgiApplication } from "quintet/django";
import { request } from "undici";
import { listen } from "../../testing/listen.ts";
import { gallery, galleryFolder } from "../../testing/gallery.ts";
import { apps, python } from "../../testing/paths.ts";

const shop = join(apps, "shop");
const stylesheet = readFileSync(join(shop, "collected", "shop.css"), "utf8");

/** The shop, mounted under a path; the address of its front page without the last slash. */
async function mounted(
  t: TestContext,
  path: string,
  options: ApplicationOptions,
  env: string[] = [],
): Promise<string> {
  const application = getWsgiApplication({
    project: shop,
    python,
    env: ["DJANGO_SETTINGS_MODULE=shop.settings", ...env],
    workers: 1,
    logLevel: "error",
    ...options,
  });
  const server = await listen(
    path === "" ? application.handler : express().use(path, application.handler),
  );
  t.after(async () => {
    await server.close();
    await application.close();
  });
  return server.url + path;
}

async function linked(url: string): Promise<string> {
  return ((await (await fetch(`${url}/`)).json()) as { stylesheet: string }).stylesheet;
}

test("at the root, the files of STATIC_ROOT are where Django links to", async (t) => {
  const url = await mounted(t, "", {});
  assert.equal(await linked(url), "/static/shop.css");
  const response = await fetch(`${url}/static/shop.css`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") as string, /^text\/css/);
  assert.equal(await response.text(), stylesheet);
  const headers = { "If-None-Match": response.headers.get("etag") as string };
  assert.equal((await request(`${url}/static/shop.css`, { headers })).statusCode, 304);
  assert.equal((await fetch(`${url}/static/none.css`)).status, 404);
  assert.ok((await fetch(`${url}/static/..%2fshop/settings.py`)).status >= 400);
});

test("under a mount, a relative STATIC_URL is below the mount, as Django's links are", async (t) => {
  const url = await mounted(t, "/shop", {});
  assert.equal(await linked(url), "/shop/static/shop.css");
  assert.equal(await (await fetch(`${url}/static/shop.css`)).text(), stylesheet);
});

test("under a mount, an absolute STATIC_URL is where it says", async (t) => {
  const url = await mounted(t, "/shop", {}, ["SHOP_STATIC_URL=/shop/files/"]);
  assert.equal(await linked(url), "/shop/files/shop.css");
  assert.equal(await (await fetch(`${url}/files/shop.css`)).text(), stylesheet);
  assert.equal((await fetch(`${url}/shop/files/shop.css`)).status, 404);
});

test("under a mount, paths of the project's routes are left to it, named files are served, and headers are set", async (t) => {
  const root = galleryFolder("some", { "robots.txt": "robots" });
  const env = ["DJANGO_SETTINGS_MODULE=gallery.settings", `GALLERY_ROOT=${root}`, "GALLERY_URL="];
  const url = await mounted(t, "/shop", {
    project: gallery,
    env,
    staticMap: { "/shop/robots.txt": join(root, "robots.txt") },
    headers: { "/shop/media/*": { "X-Uploads": "yes" } },
  });
  assert.equal(await (await fetch(`${url}/static/site.css`)).text(), "css of STATIC_ROOT");
  assert.equal(await (await fetch(`${url}/static/js/config.js`)).text(), "made by a view\n");
  const photo = await fetch(`${url}/media/photo.txt`);
  assert.equal(await photo.text(), "photo");
  assert.equal(photo.headers.get("x-uploads"), "yes");
  const letter = await fetch(`${url}/media/private/letter.txt`);
  assert.equal(letter.status, 403);
  assert.equal(letter.headers.get("x-uploads"), "yes");
  assert.equal(await (await fetch(`${url}/robots.txt`)).text(), "robots");
});

test("with `static: false` files are the application's own matter", async (t) => {
  const url = await mounted(t, "", { static: false });
  assert.equal((await fetch(`${url}/static/shop.css`)).status, 404);
});
