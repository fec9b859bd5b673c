import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseResponses, type RawResponse } from "../../../testing/http.ts";
import { startSite } from "../../../testing/serve.ts";
import type { Running } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

const root = folderWith({
  "secret.txt": "secret",
  "static/a.txt": "file",
  "static/.env": "secret",
  "static/.git/config": "secret",
  "static/dir/b.txt": "file",
  "media-data/c.txt": "file",
  "media-data/.htpasswd": "secret",
  "static-other/secret.txt": "secret",
  "app/static/app.css": "file",
});
// Links like those of `collectstatic --link`.
symlinkSync(join(root, "app/static/app.css"), join(root, "static/linked.css"));
// A folder of uploads that is itself a link, as between releases, and links that may have come with an upload.
symlinkSync(join(root, "media-data"), join(root, "media"));
symlinkSync(join(root, "secret.txt"), join(root, "media-data/secret"));
symlinkSync("..", join(root, "media-data/up"));
symlinkSync("c.txt", join(root, "media-data/inside"));
mkdirSync(join(root, "static/pipes"));
execFileSync("mkfifo", [join(root, "static/pipes/fifo")]);

let server: Running;
before(async () => {
  server = await startSite(root);
});
after(async () => {
  await server.stop();
});

async function get(target: string): Promise<RawResponse> {
  const connection = await raw(server.port);
  connection.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const whole = (text: string): boolean => parseResponses(text).length === 1;
  const text = await connection.receives(whole);
  connection.destroy();
  return parseResponses(text)[0] as RawResponse;
}

test("no path leads out of the folder", async () => {
  for (const target of [
    "/static/../secret.txt",
    "/static/%2e%2e/secret.txt",
    "/static/..%2fsecret.txt",
    "/static/%2e%2e%2fsecret.txt",
    "/static/dir/../../secret.txt",
    "/static/dir/%2e%2e/%2e%2e/secret.txt",
    "/static/..%5csecret.txt",
    "/static/..\\secret.txt",
    "/static/%252e%252e/secret.txt",
    "/static//../secret.txt",
    "/static/./../secret.txt",
    "/static/....//secret.txt",
    "/static/..;/secret.txt",
    `/static/${root}/secret.txt`,
    `/static/%2f${root.slice(1)}/secret.txt`,
    "/static/..%c0%afsecret.txt",
    "/static/..%ef%bc%8fsecret.txt",
    "/static-other/secret.txt",
    "/static..%2fsecret.txt",
    "/media/../secret.txt",
    "/media/..%2fsecret.txt",
  ]) {
    const response = await get(target);
    assert.ok([400, 403, 404].includes(response.status), `${target}: ${response.status}`);
    assert.doesNotMatch(response.body, /secret$/, target);
  }
});

test("a NUL and an invalid escape are refused", async () => {
  for (const target of [
    "/static/a.txt%00",
    "/static/%00",
    "/static/a.txt%00.css",
    "/static/%ff",
    "/static/%",
  ]) {
    const response = await get(target);
    assert.ok([400, 404].includes(response.status), `${target}: ${response.status}`);
    assert.notEqual(response.body, "file");
  }
});

test("dotfiles are not served", async () => {
  for (const target of [
    "/static/.env",
    "/static/.git/config",
    "/static/%2eenv",
    "/media/.htpasswd",
  ]) {
    const response = await get(target);
    assert.equal(response.status, 404, target);
    assert.equal(response.body, "from the application\n");
  }
});

test("a link that collectstatic --link has made is followed", async () => {
  assert.equal((await get("/static/linked.css")).body, "file");
});

test("a link in the uploads leads nowhere outside of them", async () => {
  assert.equal((await get("/media/c.txt")).body, "file");
  assert.equal((await get("/media/inside")).body, "file");
  for (const target of [
    "/media/secret",
    "/media/up/secret.txt",
    "/media/up/media-data/../secret.txt",
  ]) {
    const response = await get(target);
    assert.ok([403, 404].includes(response.status), target);
    assert.doesNotMatch(response.body, /secret$/);
  }
});

test("a path that is neither a file nor a folder is not opened", async () => {
  assert.equal((await get("/static/pipes/fifo")).status, 404);
  assert.equal((await get("/static/a.txt")).body, "file");
});

test("a name that is too long is answered 404", async () => {
  assert.equal((await get(`/static/${"x".repeat(5000)}`)).status, 404);
});
