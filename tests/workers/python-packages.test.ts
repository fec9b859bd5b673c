// What users import from Python, and what an import of it does not load.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { python, root } from "../../testing/paths.ts";

function says(code: string): unknown {
  const env = { ...process.env, PYTHONPATH: join(root, "python") };
  const { stdout, stderr } = spawnSync(python, ["-c", `import json, sys\n${code}`], {
    env,
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

const OURS = `sorted(name for name in sys.modules if name.split(".")[0] == "quintet")`;

test("users import quintet.host, quintet.errors, quintet.input and quintet.timeout, and tracebacks name these", () => {
  const names = says(`
from quintet.errors import QuintetError
from quintet.host import QuintetError as same, load
from quintet.input import ClientDisconnected
from quintet.timeout import RequestTimeout
assert same is QuintetError
print(json.dumps(["%s.%s" % (each.__module__, each.__qualname__)
                  for each in (load, QuintetError, ClientDisconnected, RequestTimeout)]))`);
  assert.deepEqual(names, [
    "quintet.host.load",
    "quintet.errors.QuintetError",
    "quintet.input.ClientDisconnected",
    "quintet.timeout.RequestTimeout",
  ]);
});

test("quintet.host loads no worker modules, and no wire modules before a TypeScript application is called", () => {
  const loaded = says(`import quintet.host; print(json.dumps(${OURS}))`) as string[];
  const others = loaded.filter((name) => /^quintet\.(worker|wire|master|project)/.test(name));
  assert.deepEqual(others, []);
});

test("importing quintet.input or quintet.timeout loads no other module", () => {
  const loaded = says(`import quintet.input, quintet.timeout; print(json.dumps(${OURS}))`);
  assert.deepEqual(loaded, ["quintet", "quintet.input", "quintet.timeout"]);
});

test("a worker does not load its modules for Django, the zygote or quintet.host before it needs them", () => {
  const loaded = says(`import quintet.worker.boot; print(json.dumps(${OURS}))`) as string[];
  const others = loaded.filter((name) =>
    /^quintet\.(host|worker\.(django|zygote)|project)|\.wire\.messages$/.test(name),
  );
  assert.deepEqual(others, []);
});

test("imports between the packages point down: host, worker, master > project, wsgi > wire > shared", () => {
  const found = says(`
import ast, pathlib
root = pathlib.Path(${JSON.stringify(join(root, "python", "quintet"))})
below = {"host": {"wsgi", "wire", "shared"}, "worker": {"wsgi", "wire", "shared", "project"}, "wsgi": {"wire", "shared"},
         "wire": {"shared"}, "shared": set(), "master": {"shared"}, "project": {"shared"}}
modules = {"__init__.py", "__main__.py", "errors.py", "input.py", "timeout.py"}
wrong = []
for file in root.rglob("*.py"):
    parts = file.relative_to(root).parts
    if parts[0] in modules:
        continue
    if parts[0] not in below:
        wrong.append("%s is in no package that has a place" % "/".join(parts))
        continue
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level >= len(parts):
            room = (node.module or node.names[0].name).split(".")[0]
            if room not in below[parts[0]] | {"errors", "input", "timeout"}:
                wrong.append("%s imports %s" % ("/".join(parts), room))
print(json.dumps(wrong))`);
  assert.deepEqual(found, []);
});
