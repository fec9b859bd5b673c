// quintet.host: a wsgi.ts that exports Django, served by servers of Python's.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { apps, python } from "../../testing/paths.ts";
import { hostEnvironment, servePython, serverNames, wsgiPy } from "../../testing/python-server.ts";
import { folderWith } from "../../testing/temp.ts";

const plain = join(apps, "typescript", "plain.ts");

/** Run Python to its end in a folder with these files. */
function run(
  code: string,
  files: Record<string, string>,
  env: NodeJS.ProcessEnv = {},
): { stdout: string; stderr: string } {
  const options = { cwd: folderWith(files), env: hostEnvironment(env), encoding: "utf8" } as const;
  return spawnSync(python, ["-c", code], options);
}

for (const name of serverNames) {
  test(`${name}: Django runs in the server's own process, and no Node is left`, async (t) => {
    const server = await servePython(t, name, plain, {
      DJANGO_SETTINGS_MODULE: undefined,
      REMOVED_BY_WSGI_TS: "1",
    });
    assert.deepEqual(server.nodes(), []);
    assert.equal(await (await fetch(server.url)).text(), "Hello from Django\n");
    const names = "SET_BY_WSGI_TS&REMOVED_BY_WSGI_TS";
    assert.deepEqual(await (await fetch(`${server.url}/environment?${names}`)).json(), {
      SET_BY_WSGI_TS: "set",
      REMOVED_BY_WSGI_TS: null,
      DJANGO_SETTINGS_MODULE: "tiny.settings",
    });
    assert.deepEqual(server.nodes(), []);
  });
}

test("the application is Django's own handler", () => {
  const code = "import wsgi; print(type(wsgi.application))";
  const { stdout, stderr } = run(code, { "wsgi.py": wsgiPy(plain) });
  assert.equal(stdout.trim(), "<class 'django.core.handlers.wsgi.WSGIHandler'>", stderr);
});

test("a DJANGO_SETTINGS_MODULE from outside wins over the file's", () => {
  const code = "import wsgi; from django.conf import settings; print(settings.SECRET_KEY)";
  const files = { "wsgi.py": wsgiPy(plain), "outside.py": 'SECRET_KEY = "from outside"\n' };
  const { stdout, stderr } = run(code, files, { DJANGO_SETTINGS_MODULE: "outside" });
  assert.equal(stdout.trim(), "from outside", stderr);
});

test("the file is found beside the one that loads it, wherever the server was started, and so are its modules", () => {
  const code = "import runpy; runpy.run_path('project/wsgi.py')['application']({}, print)";
  const { stdout, stderr } = run(code, {
    "project/wsgi.py": wsgiPy("wsgi.ts"),
    "project/shop.py": "def hello(environ, start_response):\n    start_response('called', [])\n",
    "project/wsgi.ts":
      'import { getPythonApplication } from "quintet/python";\n' +
      'export const application = getPythonApplication("shop:hello");\n',
  });
  assert.equal(stdout.trim(), "called []", stderr);
});

test("the file's output goes to the server's log", () => {
  const { stdout, stderr } = run("import wsgi", {
    "wsgi.py": wsgiPy("wsgi.ts"),
    // Never called: it needs no validator.
    "wsgi.ts": 'console.log("printed");\nexport const application = () => [];\n',
  });
  assert.equal(stdout, "");
  assert.match(stderr, /^printed$/m);
});

for (const [what, text, code] of [
  ["throws", 'throw new Error("not today");\n', /QUINTET_WSGI_FILE: .*wsgi\.ts.*not today/],
  ["ends the process", "process.exit(5);\n", /QUINTET_WSGI_FILE: .*wsgi\.ts.*exit status 5/],
  ["exports nothing", "export {};\n", /QUINTET_WSGI_EXPORT: .*exports no `application`/],
  ["names no module", application("nowhere:app"), /QUINTET_NO_MODULE: .*'nowhere'/],
  [
    "names no settings",
    application(null),
    /QUINTET_NO_SETTINGS: DJANGO_SETTINGS_MODULE is not set/,
  ],
] as const) {
  test(`a file that ${what} is an exception with a code`, () => {
    const { stderr } = run("import wsgi", { "wsgi.py": wsgiPy("wsgi.ts"), "wsgi.ts": text });
    assert.match(stderr, code);
  });
}

test("a file that is not there is an exception that names it", () => {
  assert.match(
    run("import wsgi", { "wsgi.py": wsgiPy("wsgi.ts") }).stderr,
    /QUINTET_NO_FILE: .*wsgi\.ts/,
  );
});

function application(target: string | null): string {
  const what =
    target === null ? ["django", "getWsgiApplication"] : ["python", "getPythonApplication"];
  const argument = target === null ? "" : JSON.stringify(target);
  return `import { ${what[1]} } from "quintet/${what[0]}";\nexport const application = ${what[1]}(${argument});\n`;
}

test("a worker of Quintet's own does not import the module", () => {
  const code =
    "import sys; sys.path.insert(0, sys.argv[1]); import quintet.worker.boot; " +
    "print([name for name in sys.modules if name in ('quintet.host', 'subprocess', 'tempfile')])";
  const { stdout } = spawnSync(python, ["-c", code, hostEnvironment().PYTHONPATH as string], {
    encoding: "utf8",
  });
  assert.equal(stdout.trim(), "[]");
});
