// The application below a path: by --mount, by the variable SCRIPT_NAME as Gunicorn reads it, by the header of a proxy.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseResponses, type RawResponse } from "../../../testing/http.ts";
import { root } from "../../../testing/paths.ts";
import { servePython } from "../../../testing/python-server.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";
import { until } from "../../../testing/wait.ts";

const cwd = folderWith({
  "placed.py": `
import json

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    names = ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "HTTP_SCRIPT_NAME")
    return [json.dumps([environ.get(name) for name in names]).encode()]
`,
  "late.py": `
import os, time
from placed import application

while not os.path.exists("go"):
    time.sleep(0.01)
os.environ["SCRIPT_NAME"] = "/late"
`,
});
const unix = join(cwd, "front.sock");
const servers: Record<string, Running> = {};
const ends: (() => Promise<void>)[] = [];
let gunicornPort: number;
before(async () => {
  const one = ["--workers", "1"];
  const env = { SCRIPT_NAME: "/shop", PYTHONPATH: [join(root, "python"), cwd].join(":") };
  const owner = { after: (end: () => Promise<void>) => void ends.push(end) };
  const gunicorn = servePython(owner, "gunicorn sync", "from placed import application\n", env);
  [servers.mounted, servers.variable, servers.nobody, servers.escaped, servers.root] =
    await Promise.all([
      start("placed", { cwd, args: [...one, "--mount", "/shop/", "--liveness-path", "/livez"] }),
      // --env has the same effect as a variable of the shell.
      start("placed", { cwd, args: [...one, "--env", "SCRIPT_NAME=/shop"] }),
      start("placed", { cwd, args: [...one, "--forwarded-allow-ips", ""] }),
      start("placed", {
        cwd,
        args: [...one, "--mount", "/caf\u00e9/a%20b", "--forwarded-allow-ips", "127.0.0.0/30, ::1"],
      }),
      start("placed", {
        cwd,
        args: [...one, "--forwarded-allow-ips", "unix,10.0.0.0/8", "--bind", `unix:${unix}`],
      }),
    ]);
  gunicornPort = (await gunicorn).port;
});
after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await Promise.all(ends.map((end) => end()));
});

async function get(
  to: number | string,
  target: string,
  fields: string[] = [],
  method = "GET",
): Promise<RawResponse> {
  const connection = await raw(to);
  const lines = [`${method} ${target} HTTP/1.1`, "Host: a", "Connection: close", ...fields];
  connection.write(`${lines.join("\r\n")}\r\n\r\n`);
  const { text } = await connection.closed();
  return parseResponses(text, [method])[0] as RawResponse;
}

const portOf = (name: string): number => (servers[name] as Running).port;

/** SCRIPT_NAME, PATH_INFO and the query, or the status. */
async function seen(to: number | string, target: string, fields: string[] = []): Promise<unknown> {
  const { status, body } = await get(to, target, fields);
  return status === 200 ? (JSON.parse(body) as unknown[]).slice(0, 3) : status;
}

const INSIDE: [target: string, path: string, query?: string][] = [
  ["/shop/", "/"],
  ["/shop", ""],
  ["/shop?a=/shop/b", "", "a=/shop/b"],
  ["/shop/orders/1?a=b", "/orders/1", "a=b"],
  ["/shop/shop/x", "/shop/x"],
  ["/shop//x", "//x"],
  ["/shop/a%20b%2Fc", "/a b/c"],
];

for (const name of ["mounted", "variable"]) {
  test(`${name}: the path is split at a segment, as under Gunicorn`, async () => {
    for (const [target, path, query = ""] of INSIDE) {
      assert.deepEqual(await seen(portOf(name), target), ["/shop", path, query], target);
      assert.deepEqual(await seen(gunicornPort, target), ["/shop", path, query], target);
    }
  });

  test(`${name}: paths outside the prefix are answered 404, and the response names the prefix`, async () => {
    for (const target of ["/", "/orders/", "/shopping/", "/sho", "/a/shop/", "//shop/", "/SHOP/"]) {
      const { status, body, headers } = await get(portOf(name), target);
      assert.equal(status, 404, target);
      assert.match(body, /QUINTET_OUTSIDE: this server serves only what is below \/shop, request/);
      assert.match(headers["content-type"] ?? "", /text\/plain/);
    }
    // %2F does not separate segments, and the rest of an address is not a path.
    for (const target of ["/shop%2Forders", "/?/shop/", "/shop;a/", "/shop%3Fa"])
      assert.equal(await seen(portOf(name), target), 404, target);
    // Gunicorn calls the application for none of them, either, and not if the segment continues.
    assert.equal(await seen(gunicornPort, "/orders/"), 500);
  });
}

test("unnecessary escapes are decoded, and REQUEST_URI is unchanged", async () => {
  const { body } = await get(portOf("mounted"), "/%73hop/x?y");
  assert.deepEqual(JSON.parse(body), ["/shop", "/x", "y", "/%73hop/x?y", null]);
  const absolute = await get(portOf("mounted"), "http://a/shop/x?y");
  assert.deepEqual(JSON.parse(absolute.body), ["/shop", "/x", "y", "http://a/shop/x?y", null]);
  const bare = await get(portOf("mounted"), "http://a/shop");
  assert.deepEqual(JSON.parse(bare.body), ["/shop", "", "", "http://a/shop", null]);
  assert.equal((await get(portOf("mounted"), "http://a/x")).status, 404);
});

test("a path may have letters and spaces, as a person writes them or escaped", async () => {
  const script = Buffer.from("/caf\u00e9/a b").toString("latin1");
  for (const target of ["/caf%C3%A9/a%20b/x", "/caf%c3%a9/%61%20b/x"])
    assert.deepEqual(await seen(portOf("escaped"), target), [script, "/x", ""]);
  assert.equal(await seen(portOf("escaped"), "/caf%E9/a%20b/x"), 404);
  assert.match((await get(portOf("escaped"), "/")).body, /below \/caf%C3%A9\/a%20b,/);
});

test("the body of a request outside the prefix is not read, and nothing after it is taken for a request", async () => {
  const fields = ["Content-Length: 40", "Expect: 100-continue"];
  assert.equal((await get(portOf("mounted"), "/x", fields, "POST")).status, 404);
  assert.equal(
    (await get(portOf("mounted"), "/x", [], "HEAD")).headers["quintet-error"],
    "QUINTET_OUTSIDE",
  );
  const next = await raw(portOf("mounted"));
  next.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /shop/y HTTP/1.1\r\nHost: a\r\n\r\n");
  await next.receives('"/y"');
  next.destroy();
  // The liveness probe.
  assert.equal((await get(portOf("mounted"), "/livez")).body, "ok\n");
});

test("a trusted proxy's header says where the application is published, stripped or not", async () => {
  const as = (value: string): string[] => [`SCRIPT_NAME: ${value}`];
  for (const target of ["/shop/x", "/x"]) {
    assert.deepEqual(await seen(unix, target, as("/shop")), ["/shop", "/x", ""]);
    assert.deepEqual(await seen(unix, target, ["script_name: /shop/"]), ["/shop", "/x", ""]);
  }
  assert.deepEqual(await seen(unix, "/shopping", as("/shop")), ["/shop", "/shopping", ""]);
  assert.deepEqual(await seen(unix, "/shop", as("/shop")), ["/shop", "", ""]);
  assert.deepEqual(await seen(unix, "/a%20b/x", as("/a%20b")), ["/a b", "/x", ""]);
  for (const value of ["", "/"])
    assert.deepEqual(await seen(unix, "/x", as(value)), ["", "/x", ""]);
  const { body } = await get(unix, "/x?y", as("/shop"));
  assert.deepEqual(JSON.parse(body), ["/shop", "/x", "y", "/shop/x?y", null]);
  // It overrides --mount, as it overrides the variable under Gunicorn.
  const escaped = portOf("escaped");
  assert.deepEqual(await seen(escaped, "/shop/x", as("/shop")), ["/shop", "/x", ""]);
  assert.deepEqual(await seen(gunicornPort, "/other/x", as("/other")), ["/other", "/x", ""]);
});

test("a header that is not a path, or is repeated, is refused: a trusted proxy's header is not ignored", async () => {
  for (const value of ["shop", "/shop?x", "/sh op", "http://a/shop"])
    assert.equal(await seen(unix, "/x", [`SCRIPT_NAME: ${value}`]), 400, value);
  assert.equal(await seen(unix, "/x", ["SCRIPT_NAME: /a", "Script_Name: /b"]), 400);
});

test("no other client's header is trusted", async () => {
  for (const field of ["SCRIPT_NAME: /evil", "Script-Name: /evil", "SCRIPT_NAME: nonsense"])
    for (const name of ["root", "nobody"])
      assert.deepEqual(await seen(portOf(name), "/evil/x", [field]), ["", "/evil/x", ""]);
  assert.equal(await seen(portOf("escaped"), "/evil/x", ["Script-Name: /evil"]), 404);
});

test("requests that arrive before the application is loaded wait until it has reported where it is mounted", async (t) => {
  const server = await start("late", { cwd, args: ["--workers", "1"], silent: true });
  t.after(() => server.stop());
  const open = (): Promise<RawConnection | null> => raw(server.port).catch(() => null);
  let first = await open();
  await until(async () => (first ??= await open()) !== null, "it listens");
  first?.write("GET /late/x HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  writeFileSync(join(cwd, "go"), "");
  const text = (await first?.receives("QUINTET_OUTSIDE")) ?? "";
  first?.destroy();
  assert.match(text, /\["\/late", "\/x", /);
});

test("a reload may change the mount", async (t) => {
  const config = join(cwd, "moved.config.ts");
  const mount = (path: string): void =>
    writeFileSync(config, `export default { mount: "${path}" };`);
  mount("/a");
  const server = await start("placed", { cwd, args: ["--workers", "1", "--config", config] });
  t.after(() => server.stop());
  assert.deepEqual(await seen(server.port, "/a/x"), ["/a", "/x", ""]);
  mount("/b");
  process.kill(server.pid, "SIGHUP");
  await server.logged(({ msg }) => msg === "all of it is below /b (mount)");
  assert.deepEqual(await seen(server.port, "/b/x"), ["/b", "/x", ""]);
  assert.equal(await seen(server.port, "/a/x"), 404);
});

test("an invalid path or proxy is reported at the start", async () => {
  for (const [flag, value, says] of [
    ["--mount", "shop", /mount is "shop"; it must be a path, such as \/shop/],
    ["--mount", "/shop?x", /must be a path/],
    [
      "--forwarded-allow-ips",
      "proxy.internal",
      /forwardedAllowIps is "proxy.internal"; it must be/,
    ],
    ["--forwarded-allow-ips", "10.0.0.0/33", /must be an address such as 10\.0\.0\.1/],
    ["--forwarded-allow-ips", "10.0.0.1,,", /must be an address/],
  ] as const) {
    const failed = await start("placed", { cwd, args: [flag, value] }).then(
      () => "it serves",
      (error: Error) => error.message,
    );
    assert.match(failed, says);
  }
  const variable = await start("placed", {
    cwd,
    args: ["--workers", "1"],
    env: { SCRIPT_NAME: "shop" },
  });
  await variable.logged(({ msg }) => /SCRIPT_NAME is "shop", not a path: ignored/.test(msg ?? ""));
  await variable.stop();
});
