import assert from "node:assert/strict";
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseResponses, type RawResponse } from "../../../testing/http.ts";
import { serve } from "../../../testing/serve.ts";
import { site } from "../../../testing/paths.ts";
import { startSite } from "../../../testing/serve.ts";
import type { Running } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

const text = "0123456789abcdefghij";
const root = folderWith({
  "static/a.txt": text,
  "static/css/site.css": "body {}",
  "static/css/site.0123456789ab.css": "body {}",
  "static/js/site.js": "let a;",
  "static/page.html": "<p>page</p>",
  "static/logo.svg": "<svg/>",
  "static/font.woff2": "font",
  "static/empty.txt": "",
  "static/with space ü.txt": "spaced",
  "static/data": "no extension",
  "media/photo.jpg": "photo",
  "media/upload.html": "<script>evil()</script>",
  "files/nested/b.txt": "nested",
});
let server: Running;
before(async () => {
  server = await startSite(root);
});
after(async () => {
  await server.stop();
});

async function get(target: string, headers: string[] = [], method = "GET"): Promise<RawResponse> {
  const connection = await raw(server.port);
  const lines = [`${method} ${target} HTTP/1.1`, "Host: a", "Connection: close", ...headers];
  connection.write(`${lines.join("\r\n")}\r\n\r\n`);
  const { text: received } = await connection.closed();
  connection.destroy();
  return parseResponses(received, [method])[0] as RawResponse;
}

test("a file is sent with its type, length and times, and no worker sees the request", async () => {
  for (const [name, type] of [
    ["a.txt", "text/plain; charset=utf-8"],
    ["css/site.css", "text/css; charset=utf-8"],
    ["js/site.js", "application/javascript; charset=utf-8"],
    ["page.html", "text/html; charset=utf-8"],
    ["logo.svg", "image/svg+xml"],
    ["font.woff2", "font/woff2"],
  ]) {
    const response = await get(`/static/${name}?v=1`);
    assert.equal(response.status, 200, name);
    assert.equal(response.headers["content-type"], type);
    assert.equal(response.headers["content-length"], String(response.body.length));
    assert.equal(response.headers["accept-ranges"], "bytes");
    assert.ok(response.headers["etag"] && response.headers["last-modified"]);
    assert.equal(response.headers["cache-control"], "public, max-age=0");
  }
  const line = await server.logged((each) => each.access?.path === "/static/a.txt?v=1");
  assert.equal(line.access?.bytes, text.length);
  assert.equal(line.access?.appMs, 0);
});

test("names may have spaces and letters beyond ASCII, and files may be empty", async () => {
  assert.equal((await get("/static/with%20space%20%C3%BC.txt")).body, "spaced");
  const empty = await get("/static/empty.txt");
  assert.equal(empty.status, 200);
  assert.equal(empty.headers["content-length"], "0");
});

test("one range is answered 206, several ranges with the whole file, an impossible range with 416", async () => {
  const range = (value: string): Promise<RawResponse> => get("/static/a.txt", [`Range: ${value}`]);
  const middle = await range("bytes=5-9");
  assert.equal(middle.status, 206);
  assert.equal(middle.body, "56789");
  assert.equal(middle.headers["content-range"], "bytes 5-9/20");
  assert.equal((await range("bytes=15-")).body, "fghij");
  assert.equal((await range("bytes=-3")).body, "hij");
  assert.equal((await range("bytes=18-100")).body, "ij");
  assert.equal((await range("bytes=0-1,5-6")).status, 200);
  const beyond = await range("bytes=50-60");
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers["content-range"], "bytes */20");
  assert.equal((await range("lines=1-2")).body, text);
});

test("If-Range decides between the range and the whole file", async () => {
  const { headers } = await get("/static/a.txt");
  const same = await get("/static/a.txt", [
    "Range: bytes=0-1",
    `If-Range: ${headers["last-modified"]}`,
  ]);
  assert.equal(same.status, 206);
  const other = await get("/static/a.txt", ["Range: bytes=0-1", 'If-Range: "other"']);
  assert.equal(other.status, 200);
});

test("a file that the client already has is answered 304", async () => {
  const { headers } = await get("/static/a.txt");
  const since = headers["last-modified"] as string;
  const tagged = await get("/static/a.txt", [`If-None-Match: ${headers["etag"]}`]);
  assert.equal(tagged.status, 304);
  assert.equal(tagged.body, "");
  assert.equal((await get("/static/a.txt", [`If-Modified-Since: ${since}`])).status, 304);
  assert.equal((await get("/static/a.txt", ['If-None-Match: "other"'])).status, 200);
  const past = new Date(statSync(join(root, "static/a.txt")).mtimeMs - 10_000).toUTCString();
  assert.equal((await get("/static/a.txt", [`If-Modified-Since: ${past}`])).status, 200);
  assert.equal((await get("/static/a.txt", [`If-Unmodified-Since: ${past}`])).status, 412);
});

test("HEAD has the head of GET", async () => {
  const { headers } = await get("/static/a.txt", [], "HEAD");
  assert.equal(headers["content-length"], "20");
  assert.ok(headers["etag"]);
  const partial = await get("/static/a.txt", ["Range: bytes=0-4"], "HEAD");
  assert.equal(partial.headers["content-length"], "5");
});

test("files with a hash in their names are cached forever, others are revalidated", async () => {
  const { headers } = await get("/static/css/site.0123456789ab.css");
  assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
});

test("a browser must not guess the type of an uploaded file", async () => {
  for (const name of ["photo.jpg", "upload.html"]) {
    const { headers, status } = await get(`/media/${name}`);
    assert.equal(status, 200);
    assert.equal(headers["x-content-type-options"], "nosniff");
  }
  assert.ok(!("x-content-type-options" in (await get("/static/a.txt")).headers));
});

test("uploaded files that a browser would run have a policy against that, even in a 304; other files have none", async () => {
  const policy = async (path: string, headers: string[] = []): Promise<string | undefined> =>
    (await get(path, headers)).headers["content-security-policy"];
  const endings =
    "html HTML %68tml htm xhtml xht shtml svg svgz xml xsl xslt rss atom rdf mml xul kml";
  for (const ending of endings.split(" ")) {
    const name = decodeURIComponent(`upload.${ending}`);
    writeFileSync(join(root, "media", name), "<x/>");
    assert.equal(await policy(`/media/upload.${ending}`), "sandbox", ending);
    writeFileSync(join(root, "static", name), "<x/>");
    assert.equal(await policy(`/static/upload.${ending}`), undefined, ending);
  }
  for (const ending of ["pdf", "jpg", "png", "mp4", "txt", "js", "css", "docx", "zip", "json"]) {
    writeFileSync(join(root, `media/other.${ending}`), "<x/>");
    assert.equal(await policy(`/media/other.${ending}`), undefined, ending);
  }
  const { headers } = await get("/media/upload.svg");
  assert.equal(await policy("/media/upload.svg", ["Range: bytes=0-1"]), "sandbox");
  assert.equal(await policy("/media/upload.svg", [`If-None-Match: ${headers["etag"]}`]), "sandbox");
});

test("requests that no file answers go to the application: missing names, folders, other methods", async () => {
  for (const target of [
    "/static/missing.txt",
    "/static/css",
    "/static/css/",
    "/static/",
    "/static/a.txt/",
  ]) {
    const response = await get(target);
    assert.equal(response.body, "from the application\n", target);
    assert.equal(response.status, 404);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    assert.equal((await get("/static/a.txt", [], method)).body, "from the application\n");
  }
});

test("a file that grows shorter while it is sent gives a response without an end", async () => {
  const path = join(root, "static/shrinks.bin");
  writeFileSync(path, Buffer.alloc(40_000_000));
  const connection = await raw(server.port);
  connection.write("GET /static/shrinks.bin HTTP/1.1\r\nHost: a\r\n\r\n");
  await connection.receives("\r\n\r\n");
  connection.socket.pause();
  truncateSync(path, 1000);
  connection.socket.resume();
  const { text: received } = await connection.closed();
  assert.ok(received.length < 40_000_000);
});

test("--no-static leaves all of it to the application", async (t) => {
  const own = await serve(t, "tiny.wsgi", {
    args: ["--no-static"],
    cwd: site,
    env: { SITE_ROOT: root },
  });
  const response = await fetch(`${own.url}/static/a.txt`);
  assert.equal(await response.text(), "from the application\n");
});

test("of two folders, one under the other's path, each serves its own", async (t) => {
  const env = { SITE_ROOT: root, SITE_STATIC_URL: "files/", SITE_MEDIA_URL: "files/media/" };
  const own = await serve(t, "tiny.wsgi", { cwd: site, env });
  assert.equal(await (await fetch(`${own.url}/files/a.txt`)).text(), text);
  assert.equal(await (await fetch(`${own.url}/files/media/photo.jpg`)).text(), "photo");
});

test("files on another host, and a project without folders, stay out of it", async (t) => {
  const env = { SITE_ROOT: root, SITE_STATIC_URL: "https://cdn.example/static/" };
  const [own, bare] = await Promise.all([
    serve(t, "tiny.wsgi", { cwd: site, env }),
    serve(t, "tiny.wsgi", { cwd: site }),
  ]);
  assert.equal((await fetch(`${own.url}/static/a.txt`)).status, 404);
  assert.equal((await fetch(`${bare.url}/static/a.txt`)).status, 404);
});
