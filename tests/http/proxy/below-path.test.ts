// Below a path: files, the project's routes and settings by path agree, however the path is configured.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import express from "express";
import { getWsgiApplication } from "../../../src/api/django.ts";
import { ask } from "../../../testing/ask.ts";
import { gallery, galleryFolder } from "../../../testing/gallery.ts";
import { python } from "../../../testing/paths.ts";
import { type Running, start } from "../../../testing/server.ts";
import { statusOf } from "../../../testing/status.ts";
import { folderWith } from "../../../testing/temp.ts";

const root = galleryFolder("netbox", {
  "robots.txt": "robots",
  "café/é.txt": "e",
});
const OPTIONS = [
  "--headers",
  "/shop/static/*=X-Where: static",
  "--headers",
  "/shop/media/*=X-Where: media",
  "--headers",
  "/shop/pages*=X-Where: pages",
  "--headers",
  "/caf%c3%a9/*=X-Where: cafe",
  "--headers",
  "/shop/a b*=X-Where: space",
  "--limit-request-body",
  "/shop/pages/*=10",
  "--liveness-path",
  "/livez",
];
const MAPS = [
  `/robots.txt=${root}/robots.txt`,
  `/café=${root}/café`,
  `/caf%c3%a9-2=${root}/café`,
].flatMap((map) => ["--static-map", map]);

interface Way {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** How requests arrive. */
  fields?: string[];
  strips?: boolean;
}
const PROXY = ["SCRIPT_NAME: /shop"];
const FULL = { GALLERY_URL: "/shop/" };
const FORCED = { GALLERY_SCRIPT_NAME: "/shop" };
const WAYS: Record<string, Way> = {
  "--mount, MEDIA_URL with the path": { args: ["--mount", "/shop"], env: FULL },
  "--mount, MEDIA_URL without a slash": { args: ["--mount", "/shop/"], env: { GALLERY_URL: "" } },
  SCRIPT_NAME: { args: ["--env", "SCRIPT_NAME=/shop"], env: FULL },
  "a proxy that keeps the path": { env: FULL, fields: PROXY },
  "a proxy that strips it": { env: FULL, fields: PROXY, strips: true },
  FORCE_SCRIPT_NAME: { env: { ...FULL, ...FORCED } },
  "FORCE_SCRIPT_NAME, stripped": { env: { ...FORCED, GALLERY_URL: "" }, strips: true },
};

/** One for each set of options. The two proxies have the same options. */
const started = new Map<string, Promise<Running>>();
const servers: Running[] = [];
before(async () => {
  const list = Object.values(WAYS).map(({ args = [], env }) => {
    const key = JSON.stringify([args, env]);
    const running =
      started.get(key) ??
      start("gallery.wsgi", {
        cwd: gallery,
        args: ["--workers", "1", ...OPTIONS, ...MAPS, ...args],
        env: { GALLERY_ROOT: root, ...env },
      });
    started.set(key, running);
    return running;
  });
  servers.push(...(await Promise.all(list)));
});
after(async () => {
  await Promise.all([...new Set(servers)].map((server) => server.stop()));
});

for (const [index, [name, { fields = [], strips = false }]] of Object.entries(WAYS).entries()) {
  test(`${name}: uploads stay behind the project's view, and settings by path fit`, async () => {
    const { port } = servers[index] as Running;
    const to = (path: string): string => (strips ? path : `/shop${path}`);
    const photo = await ask(port, to("/media/photo.txt"), fields);
    assert.equal(photo.status, 403, photo.body);
    assert.equal(photo.headers["x-where"], "media");
    const login = await ask(port, to("/media/photo.txt"), [...fields, "X-Login: yes"]);
    assert.equal(login.body, "photo");
    const css = await ask(port, to("/static/site.css"), fields);
    assert.equal(css.body, "css of STATIC_ROOT");
    assert.equal(css.headers["x-where"], "static");
    const page = await ask(port, to("/pages/"), fields);
    assert.equal(page.headers["x-where"], "pages");
    assert.equal((await ask(port, to("/a%20b"), fields)).headers["x-where"], "space");
    const large = [...fields, "Content-Length: 11"];
    assert.equal((await ask(port, to("/pages/x"), large, "POST")).status, 413);
    // The path in the request itself, because probes do not come through the proxy.
    assert.equal((await ask(port, "/livez", fields)).body, "ok\n");
    // The access log has the path of a file like that of any other request.
    const asked = to("/static/site.css");
    await (servers[index] as Running).logged(({ access }) => access?.path === asked);
  });
}

test("a path in a setting may be escaped or not, and so may a client's", async () => {
  const server = servers[4] as Running;
  for (const target of [
    "/caf%C3%A9/%C3%A9.txt",
    "/caf%c3%a9/%c3%a9.txt",
    "/%63af%C3%A9-2/%C3%A9.txt",
  ])
    assert.equal((await ask(server.port, target)).body, "e", target);
  assert.equal((await ask(server.port, "/caf%C3%A9/%C3%A9.txt")).headers["x-where"], "cafe");
  assert.equal((await ask(server.port, "/robots%2Etxt")).body, "robots");
  assert.equal((await ask(server.port, "http://a/robots.txt?x")).body, "robots");
  // %2F is part of a segment.
  assert.notEqual((await ask(server.port, "/caf%C3%A9%2F%C3%A9.txt")).body, "e");
});

test("nothing is left below a single file", async () => {
  const files = (await statusOf(servers[2] as Running))?.fronts[0]?.files;
  const robots = files?.find(({ url }) => url === "/robots.txt");
  assert.deepEqual(robots, { url: "/robots.txt", from: [`${root}/robots.txt`], left: [] });
});

test("a path that would lead to another host, or that clients would normalize, is refused", async () => {
  for (const value of ["//shop", "/shop//x", "/a/../b", "/.", "/\\shop"]) {
    const failed = await start("gallery.wsgi", {
      cwd: gallery,
      args: ["--mount", value],
      env: { GALLERY_ROOT: root },
    }).then(
      async (server) => `serves ${await server.stop()}`,
      (error: Error) => error.message,
    );
    assert.match(failed, /mount is ".*"; it must be a path, such as \/shop/, value);
    assert.equal(
      (await ask((servers[4] as Running).port, "/x", [`SCRIPT_NAME: ${value}`])).status,
      400,
    );
  }
});

test("mounted in Express below the path of MEDIA_URL", async (t) => {
  process.env.GALLERY_ROOT = root;
  process.env.GALLERY_URL = "/shop/";
  process.env.DJANGO_SETTINGS_MODULE = "gallery.settings";
  const application = getWsgiApplication({ python, project: gallery, workers: 1 });
  const app = express();
  app.use("/shop", application.handler);
  const server = createServer(app).listen(0, "127.0.0.1");
  t.after(async () => {
    server.close();
    await application.close();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  assert.equal((await ask(port, "/shop/static/site.css")).body, "css of STATIC_ROOT");
  assert.equal((await ask(port, "/shop/media/photo.txt")).status, 403);
});

test("mounted in TypeScript, which alone knows the path", async (t) => {
  const cwd = folderWith({
    "wsgi.ts": `
      import { mount } from "quintet/mount";
      import { getWsgiApplication } from "quintet/django";
      process.env.DJANGO_SETTINGS_MODULE = "gallery.settings";
      export const application = mount({ "/shop": getWsgiApplication() });`,
  });
  cpSync(gallery, cwd, { recursive: true });
  const server = await start("wsgi.ts", {
    cwd,
    args: ["--workers", "1"],
    env: { GALLERY_ROOT: root, ...FULL },
  });
  t.after(() => server.stop());
  assert.equal((await ask(server.port, "/shop/static/site.css")).body, "css of STATIC_ROOT");
  assert.equal((await ask(server.port, "/shop/media/photo.txt")).status, 403);
});
