// A file that exists and cannot be sent: the client gets an error, and the log says why, once a second.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseResponses, type RawResponse } from "../../../testing/http.ts";
import { python, site } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import type { LogLine, Running } from "../../../testing/server.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";
import { ofUser } from "../../../testing/user.ts";
import { until } from "../../../testing/wait.ts";

/** The requests that are sent at once, and how many seconds their responses take at most. */
const MANY = 200;

async function answers(client: RawConnection, path: string, count = 1): Promise<RawResponse[]> {
  const before = client.received().length;
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(count));
  const seen = (text: string): RawResponse[] => parseResponses(text.slice(before));
  return seen(await client.receives((text) => seen(text).length === count));
}

function linesOf(server: Running, code: string): LogLine[] {
  return server.log().filter((line) => line.code === code);
}

/** Sends many requests: all get the same status, and few log lines are about them. */
async function refused(
  server: Running,
  client: RawConnection,
  path: string,
  expected: { status: number; code: string; why: RegExp },
): Promise<void> {
  const began = performance.now();
  for (const { status, body } of await answers(client, path, MANY)) {
    assert.equal(status, expected.status);
    assert.match(body, new RegExp(`${expected.code}, request `));
  }
  const seconds = (performance.now() - began) / 1000;
  await server.logged(({ code }) => code === expected.code);
  const lines = linesOf(server, expected.code);
  assert.ok(lines.length > 0 && lines.length <= 2 + seconds, `${lines.length} lines`);
  assert.match(lines[0]?.msg ?? "", expected.why);
  assert.ok(lines[0]?.msg?.startsWith(`static file ${path}: ${expected.code}: `));
}

test("a file that the user of the server may not read is 403, also below a folder that is closed to it", async (t) => {
  const root = folderWith({
    "media/private.txt": "private",
    "media/open.txt": "open",
    "static/closed/a.txt": "closed",
  });
  execFileSync("chmod", ["-R", "o+rX", root]);
  chmodSync(join(root, "media/private.txt"), 0);
  chmodSync(join(root, "static/closed"), 0);
  const env = { SITE_ROOT: root, QUINTET_CONTROL: "off", PYTHONPATH: sitePackages() };
  const server = await serve(t, "tiny.wsgi", { ...ofUser, cwd: site, env });
  const client = await raw(server.port);
  const expected = { status: 403, code: "QUINTET_FILE_FORBIDDEN", why: /EACCES/ };
  await refused(server, client, "/media/private.txt", expected);
  for (const path of ["/static/closed/a.txt", "/static/closed/none.txt"]) {
    assert.equal((await answers(client, path))[0]?.status, 403, path);
  }
  assert.equal((await fetch(`${server.url}/media/private.txt`, { method: "HEAD" })).status, 403);
  assert.equal((await answers(client, "/media/open.txt"))[0]?.body, "open");
  client.destroy();
});

/** Where the Python of the tests has Django. Another user can read it, too. */
function sitePackages(): string {
  const code = "import django, os; print(os.path.dirname(os.path.dirname(django.__file__)))";
  return execFileSync(python, ["-c", code]).toString().trim();
}

test("without a file descriptor left a file is 503, and served again when there is one", async (t) => {
  const root = folderWith({ "static/a.txt": "static", "media/a.txt": "media" });
  const server = await serve(t, "tiny.wsgi", { cwd: site, env: { SITE_ROOT: root } });
  const client = await raw(server.port);
  const limit = (count: number): void =>
    void execFileSync("prlimit", ["--pid", String(server.front), `--nofile=${count}:`]);
  assert.equal((await answers(client, "/static/a.txt"))[0]?.body, "static");
  limit(3);
  const expected = { status: 503, code: "QUINTET_FILE_UNAVAILABLE", why: /EMFILE/ };
  await refused(server, client, "/static/a.txt", expected);
  assert.equal((await answers(client, "/media/a.txt"))[0]?.headers["retry-after"], "1");
  limit(1024);
  assert.equal((await answers(client, "/static/a.txt"))[0]?.body, "static");
  assert.equal((await answers(client, "/media/a.txt"))[0]?.body, "media");
  client.destroy();
});

test("a file with a lease is answered 503 at once, because opening it would block", async (t) => {
  const root = folderWith({ "media/leased.txt": "leased", "media/a.txt": "media" });
  const server = await serve(t, "tiny.wsgi", { cwd: site, env: { SITE_ROOT: root } });
  const code = `import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
file = open(sys.argv[1], "r+")
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("leased", flush=True)
sys.stdin.read()`;
  const holder = spawn(python, ["-c", code, join(root, "media/leased.txt")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let said = "";
  holder.stdout.on("data", (data: Buffer) => (said += data.toString()));
  t.after(() => holder.kill("SIGKILL"));
  await until(() => said !== "", "it has the lease");
  const response = await fetch(`${server.url}/media/leased.txt`);
  assert.equal(response.status, 503);
  await server.logged(({ code }) => code === "QUINTET_FILE_UNAVAILABLE");
  assert.equal(await (await fetch(`${server.url}/media/a.txt`)).text(), "media");
});

test("link loops, names that are too long and files used as folders are answered 404", async (t) => {
  const root = folderWith({ "media/a.txt": "media", "static/a.txt": "static" });
  for (const folder of ["media", "static"]) {
    symlinkSync("circle", join(root, folder, "circle"));
    symlinkSync("there", join(root, folder, "here"));
    symlinkSync("here", join(root, folder, "there"));
    symlinkSync("gone.txt", join(root, folder, "dangling"));
  }
  const server = await serve(t, "tiny.wsgi", { cwd: site, env: { SITE_ROOT: root } });
  for (const folder of ["media", "static"]) {
    for (const name of [
      "circle",
      "circle/a.txt",
      "here",
      "dangling",
      "a.txt/b.txt",
      "x".repeat(300),
      `${"x/".repeat(2500)}a.txt`,
    ]) {
      const response = await fetch(`${server.url}/${folder}/${name}`);
      assert.equal(response.status, 404, `${folder}/${name}`);
      assert.equal(await response.text(), "from the application\n");
    }
  }
  assert.deepEqual(
    server.log().filter(({ level }) => level === "error"),
    [],
  );
});
