import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { oms, python } from "../../testing/paths.ts";
import { runCommand } from "../../testing/command.ts";
import { start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

async function startproject(name: string): Promise<string> {
  const folder = folderWith();
  const admin = join(python, "..", "django-admin");
  await promisify(execFile)(admin, ["startproject", name, "."], { cwd: folder });
  return folder;
}

test("for a project as startproject makes it, init writes the example's wsgi.ts, and it is served", async (t) => {
  const folder = await startproject("oms");
  const { code, stdout, stderr } = await runCommand(["init"], { cwd: folder });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "Wrote wsgi.ts. Serve it with: quintet wsgi.ts\n");
  const written = readFileSync(join(folder, "wsgi.ts"), "utf8");
  assert.equal(written, readFileSync(join(oms, "wsgi.ts"), "utf8"));
  const server = await start("wsgi.ts", { cwd: folder, args: ["--workers", "1"] });
  t.after(() => server.stop());
  assert.match(await (await fetch(server.url)).text(), /The install worked successfully/);
});

test("init names the project and its settings, and may be given the folder", async () => {
  const folder = await startproject("flowers");
  const { code, stdout } = await runCommand(["init", folder]);
  assert.equal(code, 0);
  assert.ok(stdout.includes(join(folder, "wsgi.ts")));
  const written = readFileSync(join(folder, "wsgi.ts"), "utf8");
  assert.match(written, /WSGI config for flowers project\./);
  assert.match(written, /DJANGO_SETTINGS_MODULE \?\?= "flowers\.settings";/);
});

test("if manage.py names development settings, init takes those of wsgi.py", async () => {
  const folder = folderWith({
    "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.dev")',
    "shop/wsgi.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.production")',
  });
  assert.equal((await runCommand(["init"], { cwd: folder })).code, 0);
  assert.match(
    readFileSync(join(folder, "wsgi.ts"), "utf8"),
    /\?\?= "shop\.settings\.production";/,
  );
});

test("init never overwrites a file, or the target of a link", async () => {
  const folder = folderWith({
    "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")',
    "wsgi.ts": "// precious",
  });
  const { code, stderr } = await runCommand(["init"], { cwd: folder });
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_FILE_EXISTS: wsgi\.ts already exists\. It was not changed/);
  assert.equal(readFileSync(join(folder, "wsgi.ts"), "utf8"), "// precious");
  const other = folderWith({ "manage.py": readFileSync(join(folder, "manage.py"), "utf8") });
  symlinkSync(join(other, "elsewhere.ts"), join(other, "wsgi.ts"));
  assert.match((await runCommand(["init"], { cwd: other })).stderr, /QUINTET_FILE_EXISTS/);
  assert.ok(!existsSync(join(other, "elsewhere.ts")));
});

test("init outside of a Django project says so", async () => {
  for (const args of [["init"], ["init", "nowhere"]]) {
    const { code, stderr } = await runCommand(args, { cwd: folderWith() });
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_NO_TARGET: There is no manage\.py in /);
  }
});
