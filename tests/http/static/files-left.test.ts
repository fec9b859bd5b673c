// The front serves a file only if no route and no known middleware of the project would answer.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask } from "../../../testing/ask.ts";
import { runCommand } from "../../../testing/command.ts";
import { galleryFolder, serveGallery } from "../../../testing/gallery.ts";
import { serve } from "../../../testing/serve.ts";
import type { Running } from "../../../testing/server.ts";
import { statusOf } from "../../../testing/status.ts";

/** Spellings of a path with which a client may try to bypass a comparison. */
const SPELLINGS = (folder: string, name: string): string[] => [
  `/media/${folder}${name}`,
  `/media/./${folder}${name}`,
  `/media//${folder}${name}`,
  `/media/%2e/${folder}${name}`,
  `/media/x/../${folder}${name}`,
  `/media/x/%2e%2e/${folder}${name}`,
  `/media/x%2f..%2f${folder}${name}`,
  `/%6dedia/${folder}${name}`,
  `//media/${folder}${name}`,
  `/./media/${folder}${name}`,
  `/media/${folder}./${name}`,
  `/media/${folder.replace(/^./, "%70")}${name}`,
  `/static/../media/${folder}${name}`,
  `http://a/media/${folder}${name}`,
  `/media/${folder}${name}?x=/static/`,
];

async function filesOf(server: Running): Promise<unknown> {
  return (await statusOf(server))?.fronts[0]?.files;
}

/** Waits for this log line. */
async function says(server: Running, text: string): Promise<void> {
  await server.logged(({ msg }) => msg === text);
}

test("as in NetBox: the front serves static files, and a view guards media, also after a reload", async (t) => {
  const root = galleryFolder("none");
  const server = await serveGallery(t, root);
  assert.equal((await ask(server.port, "/media/photo.txt")).body, "photo");
  await says(server, `/media/ from ${root}/media`);

  writeFileSync(join(root, "ROUTES"), "netbox");
  const { stderr, code } = await runCommand(["reload", "--pid", String(server.pid)]);
  assert.equal(code, 0, stderr);
  const css = await ask(server.port, "/static/site.css");
  assert.equal(css.body, "css of STATIC_ROOT");
  const line = await server.logged(({ access }) => access?.path === "/static/site.css");
  assert.equal(line.access?.appMs, 0);
  for (const target of SPELLINGS("", "photo.txt")) {
    assert.doesNotMatch((await ask(server.port, target)).body, /photo$/, target);
  }
  assert.equal((await ask(server.port, "/media/photo.txt", ["Range: bytes=0-1"])).status, 403);
  assert.equal((await ask(server.port, "/media/photo.txt", [], "HEAD")).status, 403);
  const allowed = await ask(server.port, "/media/photo.txt", ["X-Login: yes"]);
  assert.equal(allowed.body, "photo");
  assert.equal(allowed.headers["x-from"], "view");

  const why = "route media/<path:path> (gallery.urls.MediaView)";
  assert.deepEqual(await filesOf(server), [
    { url: "/static/", from: [`${root}/static`], left: [] },
    { url: "/media/", from: [], left: [{ url: "/media/", why }] },
  ]);
  await says(server, `/media/ is left to the application: ${why}`);
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, /^ {4}\/static\/ from \S+\/static$/m);
  assert.ok(stdout.includes(`    /media/ is left to the application: ${why}\n`), stdout);
});

test("a deeper route keeps the paths below it, however they are spelled; a catch-all keeps none", async (t) => {
  const root = galleryFolder("some");
  const server = await serveGallery(t, root);
  assert.equal((await ask(server.port, "/media/photo.txt")).body, "photo");
  assert.equal((await ask(server.port, "/media/privately.txt")).body, "no letter");
  assert.equal((await ask(server.port, "/static/site.css")).body, "css of STATIC_ROOT");
  assert.equal((await ask(server.port, "/static/js/config.js")).body, "made by a view\n");
  assert.equal((await ask(server.port, "/media/private/letter.txt")).body, "log in\n");
  for (const target of SPELLINGS("private/", "letter.txt")) {
    assert.doesNotMatch((await ask(server.port, target)).body, /letter$/, target);
  }
  const [, media] = (await filesOf(server)) as { from: string[]; left: { url: string }[] }[];
  assert.deepEqual(media?.from, [`${root}/media`]);
  assert.deepEqual(
    media?.left.map(({ url }) => url),
    ["/media/private/"],
  );
});

const VIEW = ["X-Login: yes"];

test("a path that cannot be a file's goes to the application, like every path without a file", async (t) => {
  const server = await serveGallery(t, galleryFolder("some"));
  for (const name of [
    "%E9.css",
    "%zz",
    "%",
    "../media/photo.txt",
    "%2e%2e/ROUTES",
    "a%2f..%2f..%2fROUTES",
  ]) {
    const { status, body } = await ask(server.port, `/static/${name}`);
    assert.equal(status, 404, name);
    assert.match(body, /^page static\//, name);
  }
});

test("static and media are two settings, and each can be set", async (t) => {
  const root = galleryFolder("netbox");
  const [forced, none] = await Promise.all([
    serveGallery(t, root, { args: ["--media"] }),
    serveGallery(t, root, { args: ["--no-static"], env: { QUINTET_MEDIA: "auto" } }),
  ]);
  assert.equal((await ask(forced.port, "/media/photo.txt")).body, "photo");
  await says(forced, `/media/ from ${root}/media`);
  assert.equal((await ask(none.port, "/static/site.css")).status, 404);
  assert.equal((await ask(none.port, "/media/photo.txt", VIEW)).headers["x-from"], "view");
  await says(none, "/static/ is left to the application: static is false");
});

/** A header that WhiteNoise sends with each file, and the front with none. */
const isOfWhiteNoise = (headers: Record<string, string>): boolean =>
  headers["access-control-allow-origin"] === "*";

async function whiteNoise(
  t: TestContext,
  target: string,
  middleware: string,
): Promise<{ static: boolean; media: boolean; server: Running }> {
  const env = { GALLERY_MIDDLEWARE: middleware };
  const server = await serveGallery(t, galleryFolder("none"), { target, env });
  const css = await ask(server.port, "/static/site.css");
  assert.equal(css.body, "css of STATIC_ROOT");
  const photo = await ask(server.port, "/media/photo.txt");
  assert.equal(photo.body, "photo");
  return { static: isOfWhiteNoise(css.headers), media: isOfWhiteNoise(photo.headers), server };
}

const MIDDLEWARE = "whitenoise.middleware.WhiteNoiseMiddleware";

test("WhiteNoise answers where it is: in MIDDLEWARE, in a class of the project's own, around the application in wsgi.py", async (t) => {
  const [plain, own, wrapped] = await Promise.all([
    whiteNoise(t, "gallery.wsgi", `${MIDDLEWARE} django.middleware.common.CommonMiddleware`),
    whiteNoise(t, "gallery.wsgi", "gallery.middleware.GalleryFiles"),
    whiteNoise(t, "gallery.wrapped", ""),
  ]);
  assert.deepEqual([plain.static, plain.media], [true, false]);
  assert.deepEqual([own.static, own.media], [true, true]);
  assert.deepEqual([wrapped.static, wrapped.media], [true, false]);
  const left = (name: string): string =>
    `/static/ is left to the application: WhiteNoise (${name})`;
  await says(plain.server, left(MIDDLEWARE));
  await says(own.server, left("gallery.middleware.GalleryFiles"));
  await says(wrapped.server, left("whitenoise.base.WhiteNoise"));
});

test("Django's StaticFilesHandler and Werkzeug's SharedDataMiddleware answer their own paths", async (t) => {
  const root = galleryFolder("none");
  const [handler, shared] = await Promise.all([
    serveGallery(t, root, { target: "gallery.handlers:handler" }),
    serveGallery(t, root, { target: "gallery.handlers:shared" }),
  ]);
  assert.equal((await ask(handler.port, "/static/site.css")).body, "css of the sources");
  assert.equal((await ask(handler.port, "/media/photo.txt")).body, "photo");
  await says(handler, `/media/ from ${root}/media`);
  assert.equal((await ask(shared.port, "/static/site.css")).body, "css of STATIC_ROOT");
  const why =
    "Werkzeug's SharedDataMiddleware (werkzeug.middleware.shared_data.SharedDataMiddleware)";
  await says(shared, `/media/ is left to the application: ${why}`);
});

test("uploads that are left to a view cannot be reached through the folder above theirs", async (t) => {
  const root = galleryFolder("netbox");
  const args = ["--static-map", `/all=${root}`, "--static-map", `/open=${root}/media`];
  const server = await serveGallery(t, root, { args, env: { GALLERY_STATIC: "." } });
  assert.equal((await ask(server.port, "/static/static/site.css")).body, "css of STATIC_ROOT");
  assert.equal((await ask(server.port, "/all/static/site.css")).body, "css of STATIC_ROOT");
  for (const target of [
    "/static/media/photo.txt",
    "/all/media/photo.txt",
    "/all/./media/photo.txt",
  ]) {
    assert.doesNotMatch((await ask(server.port, target)).body, /photo$/, target);
  }
  // If the setting says so.
  assert.equal((await ask(server.port, "/open/photo.txt")).body, "photo");
});

test("with DEBUG, the routes of static() and of staticfiles answer as they do elsewhere: from the sources", async (t) => {
  const server = await serveGallery(t, galleryFolder("debug"), { env: { GALLERY_DEBUG: "1" } });
  assert.equal((await ask(server.port, "/static/site.css")).body, "css of the sources");
  assert.equal((await ask(server.port, "/media/photo.txt")).body, "photo");
  const line = await server.logged(({ access }) => access?.path === "/media/photo.txt");
  assert.notEqual(line.access?.appMs, 0);
  const why = "route ^media/(?P<path>.*)$ (django.views.static.serve)";
  await says(server, `/media/ is left to the application: ${why}`);
});

test("a setting for files that do not exist gets a warning", async (t) => {
  const server = await serve(t, "basic:application", { args: ["--static"] });
  await says(server, "static has no effect: there is no STATIC_ROOT");
});
