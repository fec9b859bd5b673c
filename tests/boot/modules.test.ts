import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apps, python } from "../../testing/paths.ts";
import { refused } from "../../testing/refused.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { folderWith } from "../../testing/temp.ts";

const modules: [string, string, RegExp[]][] = [
  [
    "raises",
    "def setup():\n    raise KeyError('SHOP_DATABASE')\nsetup()",
    [
      /QUINTET_MODULE_FAILED: The module 'broken' does not import: KeyError: 'SHOP_DATABASE'/,
      /broken\.py", line 3, in <module>/,
      /broken\.py", line 2, in setup/,
    ],
  ],
  [
    "imports what is not there",
    "import no_such_thing",
    [/QUINTET_MODULE_FAILED: .*No module named 'no_such_thing'/],
  ],
  [
    "has a syntax error",
    "def application(:\n",
    [/QUINTET_MODULE_FAILED: .*SyntaxError/, /broken\.py", line 1/],
  ],
  ["calls sys.exit", "import sys\nsys.exit(4)", [/QUINTET_MODULE_FAILED: .*SystemExit: 4/]],
  [
    "raises KeyboardInterrupt",
    "raise KeyboardInterrupt",
    [/QUINTET_MODULE_FAILED: .*KeyboardInterrupt/],
  ],
  [
    "calls os._exit",
    "import os\nprint('last words', flush=True)\nos._exit(7)",
    [/QUINTET_PYTHON_FAILED: .*exit status 7/],
  ],
  [
    "is killed",
    "import os\nos.kill(os.getpid(), 9)",
    [/QUINTET_PYTHON_FAILED: .*killed by SIGKILL/],
  ],
  [
    "has no application, but others",
    "def app(environ, start_response): pass\ndef other(): pass",
    [
      /QUINTET_NO_APPLICATION: The module 'broken' has no 'application'\. It has: app, other\. Name one as broken:app/,
    ],
  ],
  [
    "has nothing to call",
    "value = 5",
    [/QUINTET_NO_APPLICATION: .*It has nothing that can be called\./],
  ],
  [
    "has an application that cannot be called",
    "application = 'text'",
    [/QUINTET_NO_APPLICATION: broken:application is str, which cannot be called/],
  ],
  [
    "has None for an application",
    "application = None",
    [/QUINTET_NO_APPLICATION: broken:application is NoneType, which cannot be called/],
  ],
];
for (const [what, text, expected] of modules) {
  test(`a module that ${what} is refused`, async () => {
    const stderr = await refused({ "broken.py": text }, { target: "broken" });
    for (const each of expected) assert.match(stderr, each);
  });
}

test("a missing module, package or attribute is named", async () => {
  const files = { "shop/__init__.py": "", "shop/wsgi.py": "def application(): pass" };
  const module = await refused(files, { target: "shop.wsgy:application" });
  assert.match(module, /QUINTET_NO_MODULE: There is no module 'shop\.wsgy'/);
  assert.match(module, /folder that holds the module.*--chdir/);
  assert.match(
    await refused(files, { target: "store.wsgi" }),
    /QUINTET_NO_MODULE: There is no module 'store'/,
  );
  const attribute = await refused(files, { target: "shop.wsgi:app.inner" });
  assert.match(
    attribute,
    /QUINTET_NO_APPLICATION: The module 'shop\.wsgi' has no 'app\.inner'\. It has: application/,
  );
  const file = await refused({ "app.py": "" }, { target: "app.py" });
  assert.match(
    file,
    /QUINTET_NO_MODULE: There is no module 'app\.py'.* named without its \.py: app$/m,
  );
});

test("a module that is fixed between two starts is served", async () => {
  const cwd = folderWith({ "app.py": "raise ValueError" });
  assert.equal(
    (await runCommand(["--bind", "127.0.0.1:0", "--python", python, "app"], { cwd })).code,
    3,
  );
  writeFileSync(join(cwd, "app.py"), "application = 5");
  const { stderr } = await runCommand(["--bind", "127.0.0.1:0", "--python", python, "app"], {
    cwd,
  });
  assert.match(stderr, /QUINTET_NO_APPLICATION/);
});

test("an application with its own module named django is served", async (t) => {
  const app =
    "import sys, types\nsys.modules['django'] = types.ModuleType('django')\nfrom basic import application";
  const basic = readFileSync(join(apps, "basic.py"), "utf8");
  const server = await serve(t, "app", { cwd: folderWith({ "app.py": app, "basic.py": basic }) });
  assert.equal((await fetch(server.url)).status, 200);
});
