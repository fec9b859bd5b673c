import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { python, site } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { type Running, start, type StartOptions } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

const wsgi = (rest = ""): string => `import { getWsgiApplication } from "quintet/django";
process.env.DJANGO_SETTINGS_MODULE ??= "tiny.settings";
${rest}
export const application = getWsgiApplication();
`;

/** The small Django project, with these files in it. */
function project(files: Record<string, string> = {}): string {
  const folder = folderWith();
  cpSync(site, folder, { recursive: true, filter: (path) => !path.endsWith("__pycache__") });
  cpSync(folderWith(files), folder, { recursive: true });
  return folder;
}

async function page(
  t: TestContext,
  target: string,
  options: StartOptions,
  path = "/",
): Promise<string> {
  const server = await serve(t, target, options);
  return await (await fetch(`${server.url}${path}`)).text();
}

/** As `serve`, without a target. */
async function serveFolder(
  t: TestContext,
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const server = await start("--no-access-log", { cwd, env, args: ["--workers", "1"] });
  t.after(() => server.stop());
  return server;
}

const settingsOf = async (server: Running, names = ""): Promise<Record<string, string | null>> =>
  (await (await fetch(`${server.url}/environment?${names}`)).json()) as Record<
    string,
    string | null
  >;

test("a wsgi.ts is served by name, by path and with --chdir", async (t) => {
  const folder = project({ "wsgi.ts": wsgi() });
  assert.equal(await page(t, "wsgi.ts", { cwd: folder }), "Hello from Django\n");
  assert.equal(await page(t, join(folder, "wsgi.ts"), {}), "Hello from Django\n");
  assert.equal(await page(t, "wsgi.ts", { args: ["--chdir", folder] }), "Hello from Django\n");
});

test("a Python module is served, with and without :application", async (t) => {
  for (const target of ["tiny.wsgi:application", "tiny.wsgi"]) {
    assert.equal(await page(t, target, { cwd: site }), "Hello from Django\n");
  }
});

test("in a folder with a wsgi.ts no target is needed", async (t) => {
  const server = await serveFolder(t, project({ "wsgi.ts": wsgi(), "manage.py": "" }));
  assert.equal((await settingsOf(server))["DJANGO_SETTINGS_MODULE"], "tiny.settings");
  await server.logged((line) => line.msg?.startsWith("wsgi.ts: Django 5.2") === true);
});

test("in a folder with a manage.py no target is needed either", async (t) => {
  const server = await serveFolder(t, project());
  assert.equal((await settingsOf(server))["DJANGO_SETTINGS_MODULE"], "tiny.settings");
  await server.logged((line) => line.msg?.startsWith("tiny.wsgi:application: Django") === true);
});

test("a project without a wsgi.py is served by the settings of its manage.py", async (t) => {
  const folder = project();
  const manage = readFileSync(join(folder, "manage.py"), "utf8");
  const bare = folderWith({
    "manage.py": manage.replace("tiny.settings", "settings"),
    "settings.py": readFileSync(join(folder, "tiny/settings.py"), "utf8").replaceAll("tiny.", ""),
    "urls.py": readFileSync(join(folder, "tiny/urls.py"), "utf8"),
  });
  const server = await serveFolder(t, bare);
  assert.equal((await settingsOf(server))["DJANGO_SETTINGS_MODULE"], "settings");
});

test("if manage.py names development settings, wsgi.py decides", async (t) => {
  const folder = project({
    "tiny/conf/__init__.py": "",
    "tiny/conf/dev.py": "raise RuntimeError('not for servers')",
  });
  const manage = readFileSync(join(folder, "manage.py"), "utf8");
  cpSync(folderWith({ "manage.py": manage.replace("tiny.settings", "tiny.conf.dev") }), folder, {
    recursive: true,
  });
  const server = await serveFolder(t, folder);
  assert.equal((await settingsOf(server))["DJANGO_SETTINGS_MODULE"], "tiny.settings");
});

test("DJANGO_SETTINGS_MODULE set outside wins", async (t) => {
  const files = { "tiny/production.py": "from tiny.settings import *", "wsgi.ts": wsgi() };
  const folder = project(files);
  const env = { DJANGO_SETTINGS_MODULE: "tiny.production" };
  for (const target of ["wsgi.ts", "tiny.wsgi"]) {
    const server = await serve(t, target, { cwd: folder, env });
    assert.equal((await settingsOf(server))["DJANGO_SETTINGS_MODULE"], "tiny.production");
  }
  const own = await serve(t, "tiny.wsgi", {
    cwd: folder,
    args: ["--env", "DJANGO_SETTINGS_MODULE=tiny.production"],
  });
  assert.equal((await settingsOf(own))["DJANGO_SETTINGS_MODULE"], "tiny.production");
});

test("changes of process.env in a wsgi.ts reach Django, and only Django", async (t) => {
  const changes =
    'process.env.SHOP_NAME = "Ä & Ö"; process.env.CHANGED += "!"; delete process.env.REMOVED;';
  const folder = project({ "wsgi.ts": wsgi(changes) });
  const env = { CHANGED: "outside", REMOVED: "outside" };
  const server = await serve(t, "wsgi.ts", { cwd: folder, env });
  const found = await settingsOf(server, "SHOP_NAME&CHANGED&REMOVED");
  assert.equal(found["SHOP_NAME"], "Ä & Ö");
  assert.equal(found["CHANGED"], "outside!");
  assert.equal(found["REMOVED"], null);
  assert.doesNotMatch(readFileSync(`/proc/${server.front}/environ`, "utf8"), /SHOP_NAME/);
});

test("Flask is served without any TypeScript", async (t) => {
  const server = await serve(t, "flask_app:app");
  assert.equal(await (await fetch(server.url)).text(), "Hello from Flask\n");
  assert.equal(await (await fetch(`${server.url}/stream`)).text(), "0\n1\n2\n");
  const body = new FormData();
  body.append("name", "Ärger");
  body.append("file", new Blob(["x".repeat(400_000)]), "large.bin");
  const answer = await fetch(`${server.url}/form`, { method: "POST", body });
  assert.deepEqual(await answer.json(), { name: "Ärger", files: ["large.bin"] });
  assert.equal(await page(t, "flask_app", {}), "Hello from Flask\n");
});

test("a bare function is served, also by a dotted name inside the module", async (t) => {
  const folder = folderWith({
    "pkg/__init__.py": "",
    "pkg/bare.py": `
class Holder:
    @staticmethod
    def inner(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"inner"]
`,
  });
  assert.equal(await page(t, "pkg.bare:Holder.inner", { cwd: folder }), "inner");
  assert.equal(await page(t, "basic", {}), "Hello, world!\n");
});

test("if there is nothing to serve, the error says what was searched for", async () => {
  const { code, stderr } = await runCommand([], { cwd: folderWith() });
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_NO_TARGET: There is no wsgi\.ts and no manage\.py in \/tmp/);
  assert.match(stderr, /quintet oms\.wsgi:application/);
});

test("in a repository with the project in a subfolder, the error names that folder", async () => {
  const cwd = folderWith({ "shop/manage.py": "", "shop/shop/wsgi.py": "", "docs/index.md": "" });
  const { code, stderr } = await runCommand([], { cwd });
  assert.equal(code, 3);
  assert.match(
    stderr,
    /QUINTET_NO_TARGET.*\n +There is a manage\.py one folder below: quintet --chdir shop\.\n/,
  );
});

test("a manage.py that names no settings gives an error that says so", async () => {
  const cwd = folderWith({ "manage.py": "import sys" });
  const { code, stderr } = await runCommand(["--python", python], { cwd });
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_NO_SETTINGS: .*manage\.py names no settings module/);
});
