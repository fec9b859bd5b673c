import assert from "node:assert/strict";
import { chownSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { python } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

const venv = dirname(dirname(python));
const says = (text: string): string => `
import os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [${JSON.stringify(text)}.encode()]
`;

/** `quintet` without a target. */
async function serveFolder(t: TestContext, cwd: string): Promise<Running> {
  const args = ["--workers", "1"];
  const server = await start("--no-access-log", { cwd, args, searchPython: true });
  t.after(() => server.stop());
  return server;
}

test("a project whose settings only its wsgi.py knows is served by that, by a virtual environment one folder up", async (t) => {
  const project = folderWith({
    // Computed, as with django-environ; here nothing is a Django project in fact.
    "src/manage.py":
      'import os, env\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", env.SETTINGS)\n',
    "src/shop/wsgi.py": says("by wsgi.py"),
    "src/other/wsgi.py": "# nothing to serve\n",
  });
  symlinkSync(venv, join(project, "venv"));
  const server = await serveFolder(t, join(project, "src"));
  assert.equal(await (await fetch(server.url)).text(), "by wsgi.py");
  await server.logged(({ msg }) => msg?.startsWith("shop.wsgi:application: ") === true);
  await server.logged(
    ({ msg }) => msg?.endsWith("(venv in the folder above the project)") === true,
  );
});

test("a wsgi.py without a manage.py is served, and so is one whose manage.py names settings of another package", async (t) => {
  const alone = folderWith({ "wsgi.py": says("alone"), "shop/wsgi.py": says("shop") });
  symlinkSync(venv, join(alone, ".venv"));
  const server = await serveFolder(t, alone);
  assert.equal(await (await fetch(server.url)).text(), "alone");
  const elsewhere = folderWith({
    "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.dev")\n',
    "deploy/wsgi.py": `from deploy.site import application\n`,
    "deploy/site.py": says("deployed"),
  });
  symlinkSync(venv, join(elsewhere, ".venv"));
  const other = await serveFolder(t, elsewhere);
  assert.equal(await (await fetch(other.url)).text(), "deployed");
});

test("of several none is guessed", async () => {
  const files = { "shop/wsgi.py": says("shop"), "blog/wsgi.py": says("blog") };
  const choice = /quintet blog\.wsgi:application, quintet shop\.wsgi:application/;
  for (const more of [{} as Record<string, string>, { "manage.py": "import sys\n" }]) {
    const { code, stderr } = await runCommand(["--python", python], {
      cwd: folderWith({ ...files, ...more }),
    });
    assert.equal(code, 3);
    assert.match(stderr, choice);
  }
});

test(
  "a virtual environment above that another user has put there is passed over",
  { skip: process.getuid?.() !== 0 },
  async () => {
    const above = folderWith({ "src/app.py": says("") });
    mkdirSync(join(above, "venv", "bin"), { recursive: true });
    symlinkSync(python, join(above, "venv", "bin", "python"));
    chownSync(join(above, "venv"), 12345, 12345);
    const env = { PATH: "" };
    const { stderr } = await runCommand(["app"], { cwd: join(above, "src"), env });
    assert.match(stderr, /QUINTET_NO_PYTHON/);
    assert.ok(stderr.includes(join(above, "venv", "bin", "python")));
  },
);
