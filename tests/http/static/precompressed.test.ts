// Compressed copies beside a static file: which client gets which, and each is a representation of its own (RFC 9110, section 8.8).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ask } from "../../../testing/ask.ts";
import { gallery, galleryFolder, serveGallery } from "../../../testing/gallery.ts";
import { python, site } from "../../../testing/paths.ts";
import { start, type Running } from "../../../testing/server.ts";
import { folderWith } from "../../../testing/temp.ts";

const text = "body { color: black }\n".repeat(200);
const long = Array.from({ length: 60_000 }, (_, index) => index * 7919).join(";");
const root = folderWith({
  "static/all.css": text,
  "static/gzipped.css": text,
  "static/plain.css": text,
  "static/long.js": long,
  "static/old.css": text,
  "static/odd.css": text,
  "media/report.txt": "report",
  "map/linked.css": text,
});
const path = (name: string): string => join(root, name);
writeFileSync(path("static/all.css.br"), brotliCompressSync(text));
writeFileSync(path("static/all.css.zst"), zstdCompressSync(text));
writeFileSync(path("static/all.css.gz"), gzipSync(text));
writeFileSync(path("static/gzipped.css.gz"), gzipSync(text));
writeFileSync(path("static/long.js.gz"), gzipSync(long));
writeFileSync(path("media/report.txt.gz"), gzipSync("not the report"));
// A copy that is older than its file.
writeFileSync(path("static/old.css.gz"), gzipSync("of yesterday"));
utimesSync(path("static/old.css.gz"), new Date(), new Date(Date.now() - 60_000));
// A copy that is as old as its file, except for a lost fraction of a second.
writeFileSync(path("static/old.css.br"), brotliCompressSync(text));
const made = new Date(Math.floor(statSync(path("static/old.css")).mtimeMs / 1000) * 1000);
utimesSync(path("static/old.css.br"), made, made);
// Something with the name of a copy that is not a readable file.
mkdirSync(path("static/odd.css.br"));
execFileSync("mkfifo", [path("static/odd.css.zst")]);
symlinkSync("nowhere", path("static/odd.css.gz"));
// A link that leads out of a folder from which no link may.
writeFileSync(path("outside.gz"), gzipSync("outside"));
symlinkSync("../outside.gz", path("map/linked.css.gz"));

let server: Running;
before(async () => {
  server = await start("tiny.wsgi", {
    args: ["--workers", "1", "--static-map", `/map=${root}/map`],
    cwd: site,
    env: { SITE_ROOT: root },
  });
});
after(async () => {
  await server.stop();
});

const DECODE: Record<string, (body: Buffer) => Buffer> = {
  br: (body) => brotliDecompressSync(body),
  zstd: (body) => zstdDecompressSync(body),
  gzip: (body) => gunzipSync(body),
};

/** The content coding of the response; empty for the file itself. Checks that the body is that of the file. */
async function codingOf(name: string, accept: string | null, whole = text): Promise<string> {
  const headers = accept === null ? [] : [`Accept-Encoding: ${accept}`];
  const response = await ask(server.port, name, headers);
  assert.equal(response.status, 200, name);
  const coding = response.headers["content-encoding"] ?? "";
  const body = Buffer.from(response.body, "latin1");
  assert.equal(response.headers["content-length"], String(body.length));
  assert.equal((DECODE[coding]?.(body) ?? body).toString("latin1"), whole, `${name} ${accept}`);
  return coding;
}

test("the client's q-values choose among the existing codings; equal ones are tried as br, zstd, gzip", async () => {
  for (const [accept, coding] of [
    [null, ""],
    ["", ""],
    ["identity", ""],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["zstd", "zstd"],
    ["br", "br"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate, zstd", "zstd"],
    ["gzip;q=1.0, br;q=0.5", "gzip"],
    ["br;q=0.2,gzip;q=0.8,zstd;q=0.5", "gzip"],
    ["br;q=0, gzip;q=0.001", "gzip"],
    ["br;q=0", ""],
    ["*", "br"],
    ["br;q=0, *", "zstd"],
    ["*;q=0", ""],
    ["*;q=0.5, gzip", "gzip"],
    ["gzip;q=0, *;q=0", ""],
    ["identity;q=1, gzip;q=0.5", ""],
    ["identity;q=0, gzip;q=0.1", "gzip"],
    ["deflate, compress", ""],
    ["gzip ; q=0.5 , br ; q=0.6", "br"],
    [";;;,,q=,=", ""],
    ["gzip,".repeat(1600), ""],
  ] as const) {
    assert.equal(await codingOf("/static/all.css", accept), coding, String(accept));
  }
  assert.equal(await codingOf("/static/gzipped.css", "br, zstd, gzip"), "gzip");
  assert.equal(await codingOf("/static/gzipped.css", "br, zstd"), "");
  assert.equal(await codingOf("/static/long.js", "gzip", long), "gzip");
});

test("each has the type of the file, and says that it varies; a file that stands alone does not", async () => {
  for (const accept of ["br", "gzip", "identity"]) {
    const { headers } = await ask(server.port, "/static/all.css", [`Accept-Encoding: ${accept}`]);
    assert.equal(headers["content-type"], "text/css; charset=utf-8");
    assert.equal(headers["vary"], "Accept-Encoding");
  }
  const alone = await ask(server.port, "/static/plain.css", ["Accept-Encoding: br"]);
  assert.equal(alone.headers["vary"], undefined);
  const itself = await ask(server.port, "/static/all.css.gz", ["Accept-Encoding: gzip"]);
  assert.equal(itself.headers["content-type"], "application/gzip");
  assert.equal(itself.headers["content-encoding"], undefined);
});

/** The response to a client that accepts this coding. */
const accepting = (
  coding: string,
  headers: string[] = [],
  method = "GET",
): ReturnType<typeof ask> =>
  ask(server.port, "/static/all.css", [`Accept-Encoding: ${coding}`, ...headers], method);

test("conditional requests are about the representation: copies in different codings do not match", async () => {
  const codings = ["identity", "br", "zstd", "gzip"];
  const tags = await Promise.all(
    codings.map(async (coding) => (await accepting(coding)).headers["etag"] as string),
  );
  assert.equal(new Set(tags).size, codings.length);
  for (const [at, coding] of codings.entries()) {
    for (const [other, tag] of tags.entries()) {
      const status = at === other ? 304 : 200;
      const answer = await accepting(coding, [`If-None-Match: "x", ${tag}`]);
      assert.equal(answer.status, status, `${coding} ${tag}`);
      assert.equal(answer.headers["vary"], "Accept-Encoding");
      assert.equal(answer.headers["etag"], tags[at]);
      if (status === 304) assert.equal(answer.headers["content-encoding"], undefined);
      const matched = await accepting(coding, [`If-Match: ${tag}`]);
      assert.equal(matched.status, at === other ? 200 : 412);
      if (at !== other) assert.equal(matched.headers["content-encoding"], undefined);
      const ranged = await accepting(coding, ["Range: bytes=0-3", `If-Range: ${tag}`]);
      assert.equal(ranged.status, at === other ? 206 : 200);
    }
    assert.equal((await accepting(coding, ["If-None-Match: *"])).status, 304);
  }
});

test("a range refers to the compressed bytes, and HEAD has the same headers as GET", async () => {
  const whole = brotliCompressSync(text);
  const part = await accepting("br", ["Range: bytes=2-9"]);
  assert.equal(part.status, 206);
  assert.equal(part.headers["content-encoding"], "br");
  assert.equal(part.headers["content-range"], `bytes 2-9/${whole.length}`);
  assert.equal(part.body, whole.toString("latin1", 2, 10));
  const beyond = await accepting("br", ["Range: bytes=1000-"]);
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers["content-range"], `bytes */${whole.length}`);
  const head = await accepting("br", [], "HEAD");
  assert.equal(head.headers["content-length"], String(whole.length));
  assert.equal(head.headers["content-encoding"], "br");
});

test("a compressed copy is ignored if it is older than its file, not a file, or a link out of the folder", async () => {
  assert.equal(await codingOf("/static/old.css", "gzip"), "");
  assert.equal(await codingOf("/static/old.css", "gzip, br"), "br");
  assert.equal(await codingOf("/static/odd.css", "gzip, br, zstd"), "");
  assert.equal(await codingOf("/map/linked.css", "gzip"), "");
});

test("an upload does not replace another upload beside it", async () => {
  assert.equal(await codingOf("/media/report.txt", "gzip", "report"), "");
});

test("the front uses WhiteNoise's compressed copies if it is told to serve the files", async (t) => {
  const folder = galleryFolder("none", { "assets/app.css": text });
  const env = { DJANGO_SETTINGS_MODULE: "gallery.settings", GALLERY_ROOT: folder };
  execFileSync(python, ["-m", "django", "collectstatic", "--noinput"], {
    cwd: gallery,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const own = await serveGallery(t, folder, {
    args: ["--static"],
    env: { GALLERY_MIDDLEWARE: "whitenoise.middleware.WhiteNoiseMiddleware" },
  });
  const manifest = await ask(own.port, "/static/staticfiles.json");
  const { paths } = JSON.parse(manifest.body) as { paths: Record<string, string> };
  const target = `/static/${paths["app.css"]}`;
  const response = await ask(own.port, target, ["Accept-Encoding: gzip"]);
  assert.equal(response.headers["content-encoding"], "gzip");
  assert.equal(gunzipSync(Buffer.from(response.body, "latin1")).toString(), text);
  assert.equal(response.headers["cache-control"], "public, max-age=31536000, immutable");
});
