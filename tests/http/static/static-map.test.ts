// Folders and files that settings name, and headers by path, for any application.
import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ask } from "../../../testing/ask.ts";
import { runCommand } from "../../../testing/command.ts";
import { galleryFolder, serveGallery } from "../../../testing/gallery.ts";
import { apps } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import { start, type Running } from "../../../testing/server.ts";
import { statusOf } from "../../../testing/status.ts";
import { folderWith } from "../../../testing/temp.ts";

const root = folderWith({
  "one/a.txt": "a of one",
  "two/a.txt": "a of two",
  "two/b.txt": "b of two",
  "two/.env": "secret",
  "three/a.txt": "a of three",
  "three/c.txt": "c of three",
  "three/sub/d.txt": "d of three",
  "deep/d.txt": "d of deep",
  "robots.txt": "User-agent: *",
  ".security": "Contact: us",
  "secret.txt": "secret",
  "with = and space.txt": "odd",
});
symlinkSync("../secret.txt", join(root, "one/link.txt"));
symlinkSync("robots.txt", join(root, "current.txt"));

const MAP = [
  "/static=one",
  "/static=two",
  "/static=three",
  "/static/sub=deep",
  "/slashed/=two",
  "/robots.txt=current.txt",
  "/.well-known/security.txt=.security",
  "/odd=with = and space.txt",
];
const flags = (name: string, values: string[]): string[] => values.flatMap((each) => [name, each]);
const HEADERS = [
  "X-All: everywhere",
  "X-Content-Type-Options: nosniff",
  "/static/*=Cache-Control: public, max-age=3600",
  "/static/sub/*=X-All: below",
  "/.well-known/security.txt=Content-Type: text/plain",
  "/own*=X-Frame-Options: DENY",
  "/own*=Vary: Origin",
  "/own*=Set-Cookie: b=2",
  "/own*=Content-Security-Policy: default-src 'self'; img-src *",
];

let server: Running;
before(async () => {
  const args = [...flags("--static-map", MAP), ...flags("--headers", HEADERS)];
  server = await start("headed", {
    args: ["--workers", "1", "--chdir", root, ...args],
    env: { PYTHONPATH: apps },
  });
});
after(async () => {
  await server.stop();
});

async function body(target: string): Promise<string> {
  return (await ask(server.port, target)).body;
}

test("of several folders for a URL the first that has the file wins; a file stands for itself", async () => {
  for (const [target, expected] of [
    ["/static/a.txt", "a of one"],
    ["/static/b.txt", "b of two"],
    ["/static/c.txt?v=1", "c of three"],
    ["/static/sub/d.txt", "d of deep"],
    ["/slashed/b.txt", "b of two"],
    ["/robots.txt", "User-agent: *"],
    ["/robots.txt?x", "User-agent: *"],
    ["/.well-known/security.txt", "Contact: us"],
    ["/odd", "odd"],
  ] as const) {
    assert.equal(await body(target), expected, target);
  }
  const { headers } = await ask(server.port, "/robots.txt");
  assert.equal(headers["content-type"], "text/plain; charset=utf-8");
  const part = await ask(server.port, "/static/c.txt", ["Range: bytes=0-0"]);
  assert.equal(part.status, 206);
});

test("requests for files in none of the folders, or unreachable ones, go to the application", async () => {
  for (const target of [
    "/",
    "/static",
    "/static/",
    "/static/sub",
    "/staticky/a.txt",
    "/static/none.txt",
    "/static/.env",
    "/static/link.txt",
    "/robots.txt/",
    "/robots.txtx",
    "/current.txt",
  ]) {
    assert.equal(await body(target), "the application\n", target);
  }
  assert.doesNotMatch(await body("/static/../secret.txt"), /secret/);
  const posted = await ask(server.port, "/static/a.txt", ["Content-Length: 0"], "POST");
  assert.equal(posted.body, "the application\n");
});

test("the status and the log show which files are served from where", async () => {
  const files = (await statusOf(server))?.fronts[0]?.files;
  assert.deepEqual(
    files?.find(({ url }) => url === "/static/"),
    {
      url: "/static/",
      from: ["one", "two", "three"].map((name) => join(root, name)),
      left: [],
    },
  );
  await server.logged(({ msg }) => msg === `/robots.txt from ${root}/current.txt`);
});

test("headers by path are on files and on responses of every form, and replace their own", async () => {
  const headersOf = async (target: string): Promise<Record<string, string>> =>
    (await ask(server.port, target)).headers;
  for (const target of ["/static/c.txt", "/own", "/own/stream", "/own/file", "/own/none"]) {
    const headers = await headersOf(target);
    assert.equal(headers["x-all"], "everywhere", target);
    assert.equal(headers["x-content-type-options"], "nosniff");
    const own = target.startsWith("/own");
    assert.equal(headers["cache-control"], own ? undefined : "public, max-age=3600");
    assert.equal(headers["x-frame-options"], own ? "DENY" : undefined);
    assert.equal(headers["vary"], own ? "Cookie, Origin" : undefined);
    assert.equal(headers["set-cookie"], own ? "a=1, b=2" : undefined);
    const policy = own ? "default-src 'self'; img-src *" : undefined;
    assert.equal(headers["content-security-policy"], policy);
  }
  assert.equal((await headersOf("/static/sub/d.txt"))["x-all"], "below");
  assert.equal((await headersOf("/static/./x//../sub/d.txt"))["x-all"], "below");
  assert.equal((await headersOf("/%6fwn"))["x-frame-options"], "DENY");
  assert.equal((await headersOf("/other"))["x-frame-options"], "SAMEORIGIN");
  assert.equal((await headersOf("/.well-known/security.txt"))["content-type"], "text/plain");
  const { headers } = await ask(server.port, "/static/c.txt");
  const again = await ask(server.port, "/static/c.txt", [`If-None-Match: ${headers["etag"]}`]);
  assert.equal(again.status, 304);
  assert.equal(again.headers["x-all"], "everywhere");
});

test("a config file and variables are equivalent; a reload applies changes, or says what is wrong with them", async (t) => {
  const config = (map: string): string => `
    export default {
      staticMap: ${map},
      headers: { "/static/*": { "X-All": "file" }, "*": { "X-More": "more" } },
    };`;
  const folder = folderWith({
    "quintet.config.ts": config(`{ "/static": ["first", "second"], "/robots.txt": "robots.txt" }`),
    "first/a.txt": "a of first",
    "second/b.txt": "b of second",
    "robots.txt": "robots",
  });
  const args = ["--chdir", folder];
  const env = { PYTHONPATH: apps };
  const variables = {
    QUINTET_STATIC_MAP: `/static=${root}/two,/static=${root}/three`,
    QUINTET_HEADERS:
      "/static/*=X-All: variable\n\n*=Content-Security-Policy: default-src 'self'; a, b\n",
  };
  const [byFile, byVariable] = await Promise.all([
    serve(t, "headed", { args, env }),
    serve(t, "headed", { args, env: { ...env, ...variables } }),
  ]);
  const b = await ask(byFile.port, "/static/b.txt");
  assert.equal(b.body, "b of second");
  assert.deepEqual([b.headers["x-all"], b.headers["x-more"]], ["file", "more"]);
  assert.equal((await ask(byFile.port, "/robots.txt")).body, "robots");
  const c = await ask(byVariable.port, "/static/c.txt");
  assert.equal(c.body, "c of three");
  assert.equal(c.headers["x-all"], "variable");
  assert.equal(c.headers["content-security-policy"], "default-src 'self'; a, b");

  const reload = async (map: string): Promise<{ code: number | null; stderr: string }> => {
    writeFileSync(join(folder, "quintet.config.ts"), config(map));
    return runCommand(["reload", "--pid", String(byFile.pid)]);
  };
  const wrong = await reload(`{ "/static": "third" }`);
  assert.equal(wrong.code, 3);
  assert.ok(
    wrong.stderr.includes(`staticMap: /static: ${folder}/third does not exist.`),
    wrong.stderr,
  );
  assert.equal((await ask(byFile.port, "/static/b.txt")).body, "b of second");
  assert.equal((await reload(`{ "/static": "first" }`)).code, 0);
  assert.equal((await ask(byFile.port, "/static/b.txt")).body, "the application\n");
});

test("staticMap comes before a Django project's STATIC_ROOT, and uploads stay uploads", async (t) => {
  const folder = galleryFolder("netbox", {
    "more/site.css": "css of more",
    "media/page.html": "<p>",
    "media/page.html.gz": "<p>",
  });
  const map = [`/static=${folder}/more`, `/open=${folder}/media`];
  const own = await serveGallery(t, folder, { args: flags("--static-map", map) });
  assert.equal((await ask(own.port, "/static/site.css")).body, "css of more");
  assert.equal((await ask(own.port, "/static/js/config.js")).body, "js of STATIC_ROOT");
  assert.equal((await ask(own.port, "/media/photo.txt")).status, 403);
  const page = await ask(own.port, "/open/page.html", ["Accept-Encoding: gzip"]);
  assert.equal(page.headers["content-security-policy"], "sandbox");
  assert.equal(page.headers["content-encoding"], undefined);
});

test("the error for a wrong value names the setting, the source and what is expected", async () => {
  const file = join(root, "robots.txt");
  const cases: [string[], RegExp][] = [
    [["--static-map", "static=one"], /staticMap is "static"; it must be a URL that begins/],
    [["--static-map", "/static"], /staticMap is "\/static"; it must be a URL and a path, such as/],
    [["--static-map", "/static/*=one"], /"\/static\/\*"; it must be a URL that begins/],
    [["--static-map", "/a/../b=one"], /"\/a\/..\/b"; it must be a URL/],
    [
      ["--static-map", "/static=nowhere"],
      /QUINTET_SETTING: staticMap: \/static: \S+\/nowhere does not exist\./,
    ],
    [
      ["--static-map", `/robots/=${file}`],
      /\/robots\/: \S+ is a file, but the URL ends with a slash/,
    ],
    [
      ["--static-map", `/a=${file}`, "--static-map", "/a=one"],
      /\/a: \S+ is a file, so it must be the only path/,
    ],
    [["--static-map", "/null=/dev/null"], /\/dev\/null is neither a file nor a folder/],
    [
      ["--headers", "/a/*=X-A"],
      /headers is "\/a\/\*=X-A"; it must be a path and a header, such as/,
    ],
    [["--headers", "a=X-A: b"], /"a=X-A"; it must be a valid header name/],
    [["--headers", "/a*b=X-A: b"], /"\/a\*b"; it must be set for a path such as/],
    [["--headers", "X A: b"], /"X A"; it must be a valid header name/],
    [["--headers", "X-A: b\r\nX-B: c"], /must be one line of Latin-1 text/],
    [["--headers", "X-A: \u20ac"], /must be one line of Latin-1 text for X-A/],
    [
      ["--headers", "Connection: close"],
      /"Connection"; it must be a header that is not about the connection/,
    ],
    [
      ["--headers", "Transfer-Encoding: chunked"],
      /"Transfer-Encoding"; it must be a header that is not/,
    ],
    [
      ["--headers", "content-length: 3"],
      /"content-length"; it must be a header that does not describe/,
    ],
    [
      ["--headers", "Content-Encoding: gzip"],
      /"Content-Encoding"; it must be a header that does not/,
    ],
    [["--media=maybe"], /'--media' does not take an argument/],
  ];
  for (const [args, message] of cases) {
    const { stderr, code } = await runCommand([...args, "--chdir", root, "headed"]);
    assert.match(stderr, message);
    assert.equal(code, args[0] === "--media=maybe" ? 2 : 3);
  }
  const env = { QUINTET_MEDIA: "maybe" };
  const { stderr } = await runCommand(["--chdir", root, "headed"], { env });
  assert.match(stderr, /QUINTET_MEDIA: media is "maybe"; it must be true, false or auto/);
});
