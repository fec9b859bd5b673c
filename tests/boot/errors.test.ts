import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { python, root, site } from "../../testing/paths.ts";
import { refused } from "../../testing/refused.ts";
import { runCommand } from "../../testing/command.ts";
import { folderWith } from "../../testing/temp.ts";

const django = `import { getWsgiApplication } from "quintet/django";
export const application = getWsgiApplication();
`;
const withSettings = django.replace(
  "export",
  'process.env.DJANGO_SETTINGS_MODULE ??= "shop.settings";\nexport',
);

test("a Python without Django is named, with advice", async () => {
  const folder = folderWith();
  await promisify(execFile)(python, ["-m", "venv", "--without-pip", join(folder, "empty")]);
  const empty = join(folder, "empty", "bin", "python");
  const files = { "wsgi.ts": withSettings, "shop/settings.py": "" };
  const stderr = await refused(files, { python: empty });
  assert.match(
    stderr,
    /QUINTET_NO_DJANGO: Django is not installed in .*empty\/bin\/python \(Python 3\.\d+\.\d+\)/,
  );
  assert.match(stderr, /empty\/bin\/python -m pip install Django.*--python/);
  const module = await refused(
    { "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application" },
    { python: empty, target: "shop.wsgi" },
  );
  assert.match(module, /QUINTET_NO_DJANGO: Django is not installed in .*empty\/bin\/python/);
});

test("without DJANGO_SETTINGS_MODULE it says where to set it", async () => {
  const stderr = await refused({ "wsgi.ts": django });
  assert.match(
    stderr,
    /QUINTET_NO_SETTINGS: DJANGO_SETTINGS_MODULE is not set\. Set it in wsgi\.ts, or outside/,
  );
});

test("a missing settings module, or a module missing in its imports, is named", async () => {
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

test("settings that Django refuses are all reported, in Django's words", async () => {
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

/** A command that is Python 3.8 in all that the server can see of it. */
function pretended(name: string): string {
  const path = join(folderWith(), name);
  writeFileSync(
    path,
    `#!${python}
import runpy, sys
sys.version_info = (3, 8, 18, "final", 0)
sys.version = "3.8.18 (made for a test)"
sys.executable = __file__
if "-c" in sys.argv:
    exec(sys.argv[sys.argv.index("-c") + 1])
else:
    sys.argv = [each for each in sys.argv[1:] if each != "utf8" and not each.startswith("-")]
    runpy.run_path(sys.argv[0], run_name="__main__")
`,
  );
  chmodSync(path, 0o755);
  return path;
}

const real = join(homedir(), ".pyenv", "versions", "3.8.18", "bin", "python");
const olds: [string, string][] = [
  // By its name it is Python, so the master runs on it, and says so; else it is asked first, and a worker says so.
  ["for the master", pretended("python3.8")],
  ["for a worker", pretended("interpreter")],
];
if (existsSync(real)) olds.push(["in fact", real]);
for (const [what, old] of olds) {
  test(`a Python that is too old, ${what}, gets a clear error`, async () => {
    const stderr = await refused({ "app.py": "" }, { target: "app", python: old });
    assert.match(
      stderr,
      /QUINTET_PYTHON_TOO_OLD: .* is Python 3\.8\.18; Quintet needs 3\.9 or newer\./,
    );
    assert.match(stderr, /Name a newer one with --python/);
  });
}

test("the files that say so can be read by a Python that is much older", async () => {
  for (const name of ["__main__.py", "master/__main__.py"]) {
    const text = readFileSync(join(root, "python", "quintet", name), "utf8");
    const read = "import ast, sys; ast.parse(sys.argv[1], feature_version=(3, 4))";
    await promisify(execFile)(python, ["-c", read, text]);
  }
});

test("a project with a manage.py but without its settings gets an error that says so", async () => {
  const { code, stderr } = await runCommand(
    ["--bind", "127.0.0.1:0", "--python", python, "--env", "DJANGO_SETTINGS_MODULE=tiny.nowhere"],
    { cwd: site },
  );
  assert.equal(code, 3);
  assert.match(stderr, /No module named 'tiny\.nowhere'/);
});
