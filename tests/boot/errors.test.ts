import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { python, site } from "../support/paths.ts";
import { pythonChildren, runCommand } from "../support/server.ts";
import { folderWith } from "../support/temp.ts";

const django = `import { getWsgiApplication } from "quintet/django";
export const application = getWsgiApplication();
`;
const withSettings = django.replace(
  "export",
  'process.env.DJANGO_SETTINGS_MODULE ??= "shop.settings";\nexport',
);

interface Options {
  target?: string;
  python?: string;
  env?: NodeJS.ProcessEnv;
}

/** Run until it gives up, at once, with a message and with no process left. */
async function refused(files: Record<string, string>, options: Options = {}): Promise<string> {
  const cwd = folderWith(files);
  const { target = "wsgi.ts", env = {} } = options;
  const others = pythonChildren(process.pid);
  const args = ["--python", options.python ?? python, "--workers", "2", target];
  const began = performance.now();
  const { code, stdout, stderr } = await runCommand(args, { cwd, env });
  assert.equal(code, 3, stderr);
  assert.ok(performance.now() - began < 10_000);
  assert.deepEqual(pythonChildren(process.pid), others);
  assert.doesNotMatch(stdout, /listening/);
  assert.equal(stderr.match(/QUINTET_[A-Z_]+: /g)?.length, 1, stderr);
  assert.doesNotMatch(
    stderr,
    /python\/quintet\/|importlib\/__init__|frozen importlib|node:internal/,
  );
  return stderr;
}

test("a Python without Django is named, with what to do", async () => {
  const folder = folderWith();
  await promisify(execFile)(python, ["-m", "venv", "--without-pip", join(folder, "empty")]);
  const empty = join(folder, "empty", "bin", "python");
  const files = { "wsgi.ts": withSettings, "shop/settings.py": "" };
  const stderr = await refused(files, { python: empty });
  assert.match(
    stderr,
    /QUINTET_NO_DJANGO: There is no Django in .*empty\/bin\/python \(Python 3\.\d+\.\d+\)/,
  );
  assert.match(stderr, /empty\/bin\/python -m pip install Django.*--python/);
  const module = await refused(
    { "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application" },
    { python: empty, target: "shop.wsgi" },
  );
  assert.match(module, /QUINTET_NO_DJANGO: There is no Django in .*empty\/bin\/python/);
});

test("without DJANGO_SETTINGS_MODULE it says where to set it", async () => {
  const stderr = await refused({ "wsgi.ts": django });
  assert.match(
    stderr,
    /QUINTET_NO_SETTINGS: DJANGO_SETTINGS_MODULE is not set\. Set it in wsgi\.ts, or outside/,
  );
});

test("a settings module that is not there, or whose import is not, is named", async () => {
  const missing = await refused({ "wsgi.ts": withSettings });
  assert.match(
    missing,
    /QUINTET_DJANGO_FAILED: .*DJANGO_SETTINGS_MODULE=shop\.settings: ModuleNotFoundError: No module named 'shop'/,
  );
  const inside = await refused({
    "wsgi.ts": withSettings,
    "shop/settings.py": "import no_such_thing",
  });
  assert.match(inside, /No module named 'no_such_thing'/);
  assert.match(inside, /File ".*shop\/settings\.py", line 1, in <module>\n +import no_such_thing/);
});

test("a settings module with a syntax error is shown with its line", async () => {
  const stderr = await refused({ "wsgi.ts": withSettings, "shop/settings.py": "DEBUG = (\n" });
  assert.match(stderr, /QUINTET_DJANGO_FAILED: .*SyntaxError: /);
  assert.match(stderr, /shop\/settings\.py", line 1\n +DEBUG = \(/);
});

test("settings that Django refuses are told in Django's words, all of them", async () => {
  const settings = 'SECRET_KEY = "x"\nINSTALLED_APPS = ["shop.nowhere"]';
  const stderr = await refused({ "wsgi.ts": withSettings, "shop/settings.py": settings });
  assert.match(
    stderr,
    /QUINTET_DJANGO_FAILED: .*ModuleNotFoundError: No module named 'shop\.nowhere'/,
  );
  const text = 'raise ValueError("first line\\nsecond line")';
  const lines = await refused({ "wsgi.ts": withSettings, "shop/settings.py": text });
  assert.match(lines, /=shop\.settings: ValueError: first line\n/);
  assert.match(lines, /second line/);
});

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

test("a module, a package or an attribute that is not there is named", async () => {
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

const old = join(homedir(), ".pyenv", "versions", "3.8.18", "bin", "python");
test(
  "a Python that is too old gets a sentence",
  { skip: !existsSync(old) && "no Python 3.8 here" },
  async () => {
    const stderr = await refused({ "app.py": "" }, { target: "app", python: old });
    assert.match(
      stderr,
      /QUINTET_PYTHON_TOO_OLD: .* is Python 3\.8\.18; Quintet needs 3\.9 or newer\./,
    );
    assert.match(stderr, /Name a newer one with --python/);
  },
);

test("a module that is mended between two starts is served then", async () => {
  const cwd = folderWith({ "app.py": "raise ValueError" });
  assert.equal((await runCommand(["--python", python, "app"], { cwd })).code, 3);
  writeFileSync(join(cwd, "app.py"), "application = 5");
  const { stderr } = await runCommand(["--python", python, "app"], { cwd });
  assert.match(stderr, /QUINTET_NO_APPLICATION/);
});

test("a project whose manage.py is there but not its settings is told so", async () => {
  const { code, stderr } = await runCommand(
    ["--python", python, "--env", "DJANGO_SETTINGS_MODULE=tiny.nowhere"],
    { cwd: site },
  );
  assert.equal(code, 3);
  assert.match(stderr, /No module named 'tiny\.nowhere'/);
});
