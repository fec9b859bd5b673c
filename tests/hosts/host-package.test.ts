// quintet-wsgi: the Python package that servers of Python's install.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { apps, python, root } from "../../testing/paths.ts";
import { hostEnvironment, wsgiPy } from "../../testing/python-server.ts";
import { folderWith } from "../../testing/temp.ts";

const folder = folderWith();
const own = join(folder, "venv", "bin", "python");
// Loaded, never called; without the package it could not import the validator.
const application =
  "export const application = (environ: unknown, start: Function) => (start('200 OK', []), []);\n";

before(
  () => {
    const pip = (...args: string[]): Buffer =>
      execFileSync(own, ["-m", "pip", "--disable-pip-version-check", ...args], { cwd: folder });
    execFileSync(python, ["-m", "venv", join(folder, "venv")]);
    pip("wheel", "--quiet", "--no-deps", "--wheel-dir", ".", join(root, "python"));
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    pip("install", "--quiet", "--no-index", wheel as string);
  },
  { timeout: 120_000 },
);

/** Import a wsgi.py in a project with this package in its node_modules. */
function load(quintet: string | null): string {
  const project = folderWith({ "wsgi.ts": application, "wsgi.py": wsgiPy("wsgi.ts") });
  if (quintet !== null) {
    mkdirSync(join(project, "node_modules"));
    symlinkSync(quintet, join(project, "node_modules", "quintet"));
  }
  const code = "import wsgi; print(type(wsgi.application).__name__)";
  const env = hostEnvironment({ PYTHONPATH: undefined });
  const { stdout, stderr } = spawnSync(own, ["-c", code], { cwd: project, env, encoding: "utf8" });
  return stdout + stderr;
}

test("it is installed without anything else, and finds the npm package of the project", () => {
  assert.equal(load(root), "TypeScriptApplication\n");
});

test("without the npm package the error says where to install it", () => {
  assert.match(load(null), /QUINTET_NO_PACKAGE: .*node_modules.*\n.*npm install quintet/);
});

test("an npm package of another version is refused, with the command that installs the matching one", () => {
  const other = folderWith({ "package.json": '{ "name": "quintet", "version": "9.9.9" }' });
  mkdirSync(join(other, "dist", "node-worker"), { recursive: true });
  assert.match(load(other), /QUINTET_VERSIONS: .*9\.9\.9\.\n.*pip install quintet-wsgi==9\.9\.9/);
});

test("its version is that of the npm package, and it is marked as typed", () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  const code =
    "import importlib.metadata as m, pathlib, quintet; print(m.version('quintet-wsgi'), " +
    "m.requires('quintet-wsgi'), (pathlib.Path(quintet.__file__).parent / 'py.typed').exists())";
  assert.equal(
    execFileSync(own, ["-c", code], { encoding: "utf8" }).trim(),
    `${version} None True`,
  );
});

test("mypy --strict checks a file that uses it", () => {
  const file = join(folder, "use.py");
  writeFileSync(file, `${wsgiPy("wsgi.ts")}reveal_type(application)\n`);
  const { stdout } = spawnSync(
    join(python, "..", "mypy"),
    ["--strict", "--python-executable", own, file],
    { cwd: folder, encoding: "utf8" },
  );
  assert.match(stdout, /Revealed type is "def \(\*Any, \*\*Any\) -> Any"/);
  assert.match(stdout, /Success/);
});

test("it serves on every installed Python", () => {
  const versions = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"].map((each) => `python${each}`);
  const found = versions.filter((name) => spawnSync(name, ["-c", ""]).status === 0);
  const code =
    "import wsgi; from wsgiref.util import setup_testing_defaults; environ = {}; " +
    "setup_testing_defaults(environ); answer = wsgi.application(environ, print); " +
    "print(list(answer)); answer.close()";
  for (const name of [python, ...found]) {
    const { stdout, stderr } = spawnSync(name, ["-W", "error", "-c", code], {
      cwd: folderWith({ "wsgi.py": wsgiPy(join(apps, "ts", "basic.ts")) }),
      env: hostEnvironment(),
      encoding: "utf8",
    });
    assert.match(stdout, /^200 OK .*\n\[b'Hello from TypeScript!\\n'\]/, `${name}: ${stderr}`);
    assert.equal(stderr, "", name);
  }
});
