// The supported versions of Django and CPython, if installed, with Quintet's own server and quintet.host.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { allDay } from "../../testing/all-day.ts";
import { type Pair, versions } from "./pairs.ts";
import { gunicornSync } from "../../testing/hosts/gunicorn.ts";
import type { Host } from "../../testing/hosts/host.ts";
import { quintet } from "../../testing/hosts/quintet.ts";
import { type HostShop, makeShop } from "../../testing/hosts/shop.ts";
import { apps, inCI, root } from "../../testing/paths.ts";
import { servePython } from "../../testing/python-server.ts";
import { start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { behave } from "../hosts/suite.ts";

/** Hello, a stream and an upload, from basic.py or its TypeScript twin. */
async function works(url: string, hello: string): Promise<void> {
  assert.equal(await (await fetch(url)).text(), hello);
  const stream = await fetch(`${url}/stream?3,0.05`);
  assert.equal(await stream.text(), "chunk 0\nchunk 1\nchunk 2\n");
  const body = randomBytes(3_000_000);
  const echo = await fetch(`${url}/echo`, { method: "POST", body });
  assert.equal(echo.headers.get("x-hash"), createHash("sha256").update(body).digest("hex"));
  assert.ok(Buffer.from(await echo.arrayBuffer()).equals(body));
}

/** The last Gunicorn that runs on CPython 3.9. */
const gunicorn23: Host = {
  ...gunicornSync,
  cannot: {
    ...gunicornSync.cannot,
    head: "Gunicorn 23 sends the body that the application gives, also to HEAD; Django gives one.",
  },
};

function runWith({ folder, title, django, version }: Pair): void {
  const python = join(folder, "bin", "python");

  test("it is what it says", () => {
    assert.ok(existsSync(python), "npm test -- tests/versions makes the virtual environments");
    const script =
      "import django, platform; print('Django %s on %s %s' % (django.__version__, " +
      "platform.python_implementation(), platform.python_version()))";
    const said = execFileSync(python, ["-c", script], { encoding: "utf8" });
    assert.equal(said.trim().replaceAll(/(\d+\.\d+)\.\d+/g, "$1"), title);
  });

  test("Quintet's Python compiles without a warning", () => {
    const env = { ...process.env, PYTHONPYCACHEPREFIX: folderWith() };
    const args = ["-W", "error", "-m", "compileall", "-q", "-f", join(root, "python", "quintet")];
    execFileSync(python, args, { env, encoding: "utf8" });
  });

  for (const threads of [1, 4]) {
    test(`workers of ${threads} threads serve a Python application`, async () => {
      const args = ["--python", python, "--workers", "1", "--threads", String(threads)];
      const server = await start("basic", { args, searchPython: true });
      try {
        await Promise.all([1, 2, 3].map(() => works(server.url, "Hello, world!\n")));
      } finally {
        await server.stop();
      }
    });
  }

  test("quintet.host serves a TypeScript application, and middleware around Django", async (t) => {
    const basic = await servePython(t, "waitress", join(apps, "ts", "basic.ts"), {}, python);
    await works(basic.url, "Hello from TypeScript!\n");
    const file = join(apps, "typescript", "around-django.ts");
    const around = await servePython(t, "waitress", file, {}, python);
    const response = await fetch(`${around.url}/path/caf%C3%A9`);
    assert.equal(response.headers.get("x-around"), "Django");
    assert.equal(await response.text(), "/path/caf\u00e9");
  });

  let shop: Promise<HostShop> | undefined;
  const hosts = [quintet];
  // For versions in between, the test with waitress above shows that quintet.host works.
  if (allDay || isAtTheEnd(version)) hosts.push(version === "3.9" ? gunicorn23 : gunicornSync);
  for (const host of hosts) {
    describe(host.title, () => void behave(host, () => (shop ??= makeShop(folder, django))));
  }
}

const { pairs, missing } = versions();

/** Whether this is the oldest or the newest installed CPython. */
function isAtTheEnd(version: string): boolean {
  return version === pairs[0]?.version || version === pairs.at(-1)?.version;
}

/** The pairs for these versions of CPython. */
export function runOn(isOf: (version: string) => boolean): void {
  for (const pair of pairs) {
    if (isOf(pair.version)) describe(pair.title, () => runWith(pair));
  }
}

/** Report what cannot be tested here, and fail if CI requires it. */
export function sayMissing(): void {
  for (const { title, reason, needed } of missing) {
    test(title, { skip: needed && inCI ? false : reason }, () => assert.fail(reason));
  }
}
