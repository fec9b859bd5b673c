import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { folderWith } from "../../testing/temp.ts";

// Never called: it needs no validator.
const WSGI_TS = "export const application = () => [];\n";
const MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n';

test("export writes the wsgi.py of a project beside its wsgi.ts", async () => {
  const cwd = folderWith({ "wsgi.ts": WSGI_TS, "manage.py": MANAGE });
  const { code, stdout } = await runCommand(["export"], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, /^Wrote wsgi\.py\. .*pip install quintet-wsgi.*gunicorn wsgi\n$/);
  assert.equal(
    readFileSync(join(cwd, "wsgi.py"), "utf8"),
    `"""
WSGI config for shop project.

It exposes the WSGI callable of wsgi.ts as a module-level variable named \`\`application\`\`.

For more information on this file, see
https://docs.djangoproject.com/en/5.2/howto/deployment/wsgi/
"""

from quintet.host import load

application = load("wsgi.ts")
`,
  );
});

test("export never overwrites a file, and says how to name another", async () => {
  const cwd = folderWith({ "shop/wsgi.ts": WSGI_TS, "shop/wsgi.py": "# mine\n" });
  const { code, stderr } = await runCommand(["export", "shop/wsgi.ts"], { cwd });
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_FILE_EXISTS: shop\/wsgi\.py already exists/);
  assert.match(stderr, /quintet export shop\/wsgi\.ts shop\/quintet_wsgi\.py/);
  assert.equal(readFileSync(join(cwd, "shop", "wsgi.py"), "utf8"), "# mine\n");
});

test("the file can have another name and lie elsewhere", async () => {
  const cwd = folderWith({ "shop/wsgi.ts": WSGI_TS });
  const { code } = await runCommand(["export", "shop/wsgi.ts", "quintet_wsgi.py"], { cwd });
  assert.equal(code, 0);
  assert.match(readFileSync(join(cwd, "quintet_wsgi.py"), "utf8"), /= load\("shop\/wsgi\.ts"\)/);
});

test("export refuses invalid arguments", async () => {
  const cwd = folderWith({ "wsgi.ts": WSGI_TS });
  for (const [args, code, message] of [
    [["other.ts"], 3, /QUINTET_NO_FILE: .*other\.ts/],
    [["wsgi.ts", "wsgi.txt"], 2, /QUINTET_USAGE: wsgi\.txt is not the name of a Python file/],
    [["wsgi.ts", "a.py", "b.py"], 2, /QUINTET_USAGE: Unexpected argument "b\.py"/],
  ] as const) {
    const result = await runCommand(["export", ...args], { cwd });
    assert.equal(result.code, code);
    assert.match(result.stderr, message);
  }
});
