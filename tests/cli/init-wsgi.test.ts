import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { serve } from "../../testing/serve.ts";
import { folderWith } from "../../testing/temp.ts";

const GETTER = "from django.core.wsgi import get_wsgi_application\n";
const named = (settings: string): string =>
  `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "${settings}")\n`;
const stock = (settings: string): string =>
  `import os\n\n${GETTER}\n${named(settings)}\napplication = get_wsgi_application()\n`;
const manage = (settings: string): string =>
  `import os\nimport sys\n\nif __name__ == "__main__":\n    ${named(settings)}`;

/** `quintet init` in a project of these files. */
async function init(
  files: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | null; said: string; written: string; folder: string }> {
  const folder = folderWith(files);
  const { code, stderr } = await runCommand(["init", ...args], { cwd: folder });
  const file = join(folder, "wsgi.ts");
  const written = existsSync(file) ? readFileSync(file, "utf8") : "";
  return { code, said: stderr, written, folder };
}

const DEBUG = { "shop/settings/dev.py": "from .base import *\nDEBUG = True\n" };
const PRODUCTION = { "shop/settings/production.py": "from .base import *\n\nDEBUG = False\n" };
const SETTINGS = {
  ...DEBUG,
  ...PRODUCTION,
  "shop/__init__.py": "",
  "shop/settings/__init__.py": "",
  "shop/settings/base.py": "DEBUG = False\n",
};

test("middleware around the application is not lost: that wsgi.py is served, and its lines are named", async () => {
  const { written, said, code } = await init({
    "manage.py": manage("shop.settings.dev"),
    ...SETTINGS,
    "shop/wsgi.py": `${stock("shop.settings.production")}
from shop.auth import BasicAuth  # the door

application = BasicAuth(
    application,
    realm="shop",
)
`,
  });
  assert.equal(code, 0, said);
  assert.match(written, /import \{ getPythonApplication \} from "quintet\/python";/);
  assert.match(
    written,
    /export const application = getPythonApplication\("shop\.wsgi:application"\);/,
  );
  // wsgi.py sets them itself, after whatever it does before that.
  assert.doesNotMatch(written, /process\.env/);
  for (const text of [written, said]) {
    assert.match(text, /9: from shop\.auth import BasicAuth {2}# the door/);
    assert.match(text, /11: application = BasicAuth\( …/);
  }
  assert.match(said, /^shop\/wsgi\.py does more than a wsgi\.ts can say, so wsgi\.ts serves/m);
  assert.doesNotMatch(said, /Warning/);
});

const EXTRA: [string, string][] = [
  ["load_dotenv", "from dotenv import load_dotenv\nload_dotenv()\n"],
  ["a path for imports", 'import sys\nsys.path.append("/srv/shop/apps")\n'],
  [
    "computed settings",
    'os.environ.setdefault("DJANGO_SETTINGS_MODULE", os.environ.get("SHOP_SETTINGS", "shop.settings.dev"))\n',
  ],
  ["everything of another module", "from shop.serving import *\n"],
  ["an optional import", "try:\n    import newrelic.agent\nexcept ImportError:\n    pass\n"],
];

test("a wsgi.py with any line besides the stock ones is served itself", async () => {
  await Promise.all(
    EXTRA.map(async ([what, lines]) => {
      const { written, said } = await init({
        "manage.py": manage("shop.settings.dev"),
        ...SETTINGS,
        "shop/wsgi.py": `import os\n${lines}${stock("shop.settings.production")}`,
      });
      assert.match(written, /getPythonApplication\("shop\.wsgi:application"\)/, what);
      assert.doesNotMatch(written, /process\.env/, what);
      assert.ok(
        said.includes(`shop/wsgi.py:2: ${lines.split("\n")[0]}`) || lines.startsWith("import sys"),
        `${what}: ${said}`,
      );
    }),
  );
});

test("variables are carried over, forced ones as forced; lines without effect under a server are left out", async () => {
  const { written, said } = await init({
    "manage.py": manage("shop.settings.dev"),
    ...SETTINGS,
    "shop/wsgi.py": `"""A text that names os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings.dev"."""
# os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings.dev"
from __future__ import annotations
import os, sys
from os import environ
from django.core.wsgi import get_wsgi_application as make  # noqa
os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings.production'
environ.setdefault("CELERY_LOADER", "django \\"x\\"\\n")
__version__ = "1.0"
application: object = make()
app = application  # some platforms want this name
if __name__ == "__main__":
    print("by hand")
`,
  });
  assert.match(written, /^process\.env\.DJANGO_SETTINGS_MODULE = "shop\.settings\.production";$/m);
  assert.match(written, /^process\.env\.CELERY_LOADER \?\?= "django \\"x\\"\\n";$/m);
  assert.match(written, /export const application = getWsgiApplication\(\);/);
  assert.equal(said, "");
});

test("what init writes is served: the door of wsgi.py is closed, and DEBUG that only wsgi.ts asks for is said", async (t) => {
  const folder = folderWith({
    "src/manage.py": manage("shop.settings.dev"),
    "src/shop/__init__.py": "",
    "src/shop/settings/__init__.py": "",
    "src/shop/settings/base.py":
      'SECRET_KEY = "x"\nROOT_URLCONF = "shop.urls"\nWSGI_APPLICATION = "shop.wsgi.application"\nALLOWED_HOSTS = ["*"]\nDEBUG = False\n',
    "src/shop/settings/dev.py": "from .base import *\nDEBUG = True\n",
    "src/shop/urls.py":
      'from django.conf import settings\nfrom django.http import HttpResponse\nfrom django.urls import path\nurlpatterns = [path("", lambda request: HttpResponse("DEBUG is %s" % settings.DEBUG))]\n',
    "src/shop/wsgi.py": `${stock("shop.settings.base")}
django = application
def application(environ, start_response):
    if environ.get("HTTP_AUTHORIZATION") != "Basic me":
        start_response("401 Unauthorized", [])
        return [b""]
    return django(environ, start_response)
`,
  });
  assert.equal((await runCommand(["init"], { cwd: folder })).code, 0);
  const server = await serve(t, "wsgi.ts", { cwd: folder });
  const ask = (Authorization: string): Promise<Response> =>
    fetch(server.url, { headers: { Authorization } });
  assert.equal((await ask("Basic you")).status, 401);
  assert.equal(await (await ask("Basic me")).text(), "DEBUG is False");
  assert.ok(!server.log().some(({ msg }) => msg?.includes("DEBUG is True")));
  // As an init of before has left it.
  writeFileSync(
    join(folder, "wsgi.ts"),
    `import { getWsgiApplication } from "quintet/django";
process.env.DJANGO_SETTINGS_MODULE ??= "shop.settings.dev";
export const application = getWsgiApplication({ project: ${JSON.stringify(join(folder, "src"))} });
`,
  );
  const reload = await runCommand(["reload", "--pid", String(server.pid)]);
  assert.equal(reload.code, 0, reload.stderr);
  const expected =
    "DEBUG is True in shop.settings.dev, but shop/wsgi.py:5 names shop.settings.base.";
  await server.logged(({ level, msg }) => level === "warn" && msg?.startsWith(expected) === true);
});

test("development settings never replace production settings, no matter which file names them", async () => {
  const ways: Record<string, { files: Record<string, string>; written: RegExp; said?: RegExp }> = {
    "manage.py names others": {
      files: { "shop/wsgi.py": stock("shop.settings.production") },
      written: /\?\?= "shop\.settings\.production";/,
    },
    "wsgi.py names none": {
      files: {
        "shop/wsgi.py": `${GETTER}application = get_wsgi_application()\n`,
        ".env": "DJANGO_SETTINGS_MODULE=shop.settings.dev\n",
      },
      written: /^(?!.*process\.env)/s,
      said: /Neither shop\/wsgi\.py nor wsgi\.ts names settings\. Set DJANGO_SETTINGS_MODULE in the environment/,
    },
    "load_dotenv comes before, and .env names those for production": {
      files: {
        "shop/wsgi.py": `import dotenv\ndotenv.load_dotenv()\n${stock("shop.settings.dev")}`,
        ".env": "DJANGO_SETTINGS_MODULE=shop.settings.production\n",
      },
      written: /^(?!.*process\.env).*getPythonApplication\("shop\.wsgi:application"\)/s,
      said: /\.env:1 names shop\.settings\.production\. Quintet does not read \.env/,
    },
    "uwsgi.ini sets those for production": {
      files: {
        "shop/wsgi.py": stock("shop.settings.dev"),
        "uwsgi.ini":
          "[uwsgi]\nmodule = shop.wsgi:application\nenv = DJANGO_SETTINGS_MODULE=shop.settings.production\nprocesses = 2\n",
      },
      written:
        /\/\/ As uwsgi\.ini:3 sets it\.\nprocess\.env\.DJANGO_SETTINGS_MODULE \?\?= "shop\.settings\.production";/,
      said: /DJANGO_SETTINGS_MODULE is shop\.settings\.production, as uwsgi\.ini:3 sets it\./,
    },
    "the image sets those for production, before load_dotenv": {
      files: {
        "shop/wsgi.py": `import dotenv\ndotenv.load_dotenv()\n${stock("shop.settings.dev")}`,
        Dockerfile: "FROM python\nENV DJANGO_SETTINGS_MODULE=shop.settings.production PORT=8000\n",
      },
      written: /\?\?= "shop\.settings\.production";.*getPythonApplication/s,
    },
    "a unit names those for development": {
      files: {
        "shop/wsgi.py": stock("shop.settings.production"),
        "etc/shop.service":
          "[Service]\nEnvironment=DJANGO_SETTINGS_MODULE=shop.settings.dev\nExecStart=gunicorn shop.wsgi\n",
      },
      written: /\?\?= "shop\.settings\.production";/,
      said: /etc\/shop\.service:2 names shop\.settings\.dev, whose DEBUG is True \(shop\/settings\/dev\.py:2\)/,
    },
    "two configurations name two": {
      files: {
        "shop/wsgi.py": stock("shop.settings.dev"),
        Procfile:
          "worker: DJANGO_SETTINGS_MODULE=shop.settings.jobs celery\nweb: DJANGO_SETTINGS_MODULE=shop.settings.production gunicorn shop.wsgi\n",
        "celery.service": "Environment=DJANGO_SETTINGS_MODULE=shop.settings.jobs\n",
        "etc/staging.ini": "[uwsgi]\nenv = DJANGO_SETTINGS_MODULE=shop.settings.staging\n",
        "shop/settings/staging.py": "from .production import *\n",
      },
      written:
        /throw new Error\("Set DJANGO_SETTINGS_MODULE to one of: shop\.settings\.production \(Procfile:2\), shop\.settings\.staging \(etc\/staging\.ini:2\)\."\)/,
      said: /Several settings modules are in use/,
    },
    "a variable of whoever calls init": {
      files: { "shop/wsgi.py": stock("shop.settings.production") },
      written: /\?\?= "shop\.settings\.production";/,
    },
  };
  await Promise.all(
    Object.entries(ways).map(async ([what, { files, written, said }]) => {
      const folder = folderWith({
        "manage.py": manage("shop.settings.dev"),
        ...SETTINGS,
        ...files,
      });
      const env = what.startsWith("a variable")
        ? { DJANGO_SETTINGS_MODULE: "shop.settings.dev" }
        : {};
      const { stderr, code } = await runCommand(["init"], { cwd: folder, env });
      assert.equal(code, 0, `${what}: ${stderr}`);
      const text = readFileSync(join(folder, "wsgi.ts"), "utf8");
      assert.match(text, written, what);
      assert.doesNotMatch(text, /\?\?= "shop\.settings\.dev"/, what);
      if (said) assert.match(stderr, said, what);
    }),
  );
});

test("DEBUG = True is reported with its line, even if it comes from an import or from an import that may fail", async () => {
  const dev = await init({
    "manage.py": manage("shop.settings"),
    "shop/settings/__init__.py":
      "try:\n    from .dev import *\nexcept ImportError:\n    from .prod import *\n",
    "shop/settings/dev.py": "from .base import *\n",
    "shop/settings/base.py": "import os\n\nDEBUG = True\n",
    "shop/settings/prod.py": "DEBUG = False\n",
  });
  assert.match(
    dev.said,
    /^Warning: DEBUG is True in shop\.settings \(shop\/settings\/base\.py:3\), which manage\.py:5 names/m,
  );
  assert.match(dev.written, /\?\?= "shop\.settings";/);
  // Computed, it may be anything: nothing is said.
  // Which of them is imported, the environment decides.
  const either = await init({
    "manage.py": manage("shop.settings"),
    ...SETTINGS,
    "shop/settings/__init__.py": `import os
if os.environ.get("DJANGO_ENV") == "production":
    from .production import *
else:
    from .dev import *
`,
    "shop/wsgi.py": stock("shop.settings"),
  });
  assert.match(either.written, /DJANGO_SETTINGS_MODULE \?\?= "shop\.settings"/);
  assert.doesNotMatch(either.said, /DEBUG/);
  const computed = await init({
    "manage.py": manage("shop.settings"),
    "shop/settings.py": 'import os\nDEBUG = os.environ.get("DEBUG", "True") == "True"\n',
    "shop/wsgi.py": stock("shop.settings"),
  });
  assert.equal(computed.said, "");
});

test("of several wsgi.py files init takes the one that other configuration names; otherwise it asks", async () => {
  const both = { "shop/wsgi.py": stock("shop.settings"), "admin/wsgi.py": stock("admin.settings") };
  const settings = { "shop/settings.py": "", "admin/settings.py": "" };
  const asked = await init({ ...both, ...settings });
  assert.equal(asked.code, 3);
  assert.match(
    asked.said,
    /QUINTET_WSGI_PY: The project has several wsgi\.py files: admin\/wsgi\.py, shop\/wsgi\.py\./,
  );
  assert.match(asked.said, /Name the one to serve: quintet init admin\/wsgi\.py/);
  assert.equal(asked.written, "");
  const told = await init({ ...both, ...settings }, "shop/wsgi.py");
  assert.match(told.written, /\?\?= "shop\.settings";/);
  const byManage = await init({ ...both, ...settings, "manage.py": manage("shop.settings") });
  assert.match(byManage.written, /\?\?= "shop\.settings";/);
  const byUnit = await init({
    ...both,
    ...settings,
    "manage.py": manage("shop.settings"),
    Procfile: "web: gunicorn --workers 3 admin.wsgi:application\n",
  });
  assert.match(byUnit.written, /\?\?= "admin\.settings";/);
  assert.match(byUnit.said, /^Procfile starts another server/m);
  // Far from the settings that it names, as in wger.
  const bySettings = await init({
    ...both,
    "manage.py": manage("settings.main"),
    "settings/main.py": 'WSGI_APPLICATION = "admin.wsgi.application"\nDEBUG = env("DEBUG")\n',
    "admin/wsgi.py": stock("settings.main"),
  });
  assert.match(bySettings.written, /\?\?= "settings\.main";/);
});

test("a project in a subfolder is imported from there, and virtual environments are not searched", async () => {
  const files = {
    "src/manage.py": manage("shop.settings"),
    "src/shop/__init__.py": "",
    "src/shop/settings.py": "",
    "src/shop/wsgi.py": stock("shop.settings"),
    "env/pyvenv.cfg": "",
    "env/lib/other/wsgi.py": stock("other.settings"),
    "node_modules/other/wsgi.py": stock("other.settings"),
  };
  const { written, said } = await init(files);
  assert.match(written, /import \{ join \} from "node:path";/, said);
  assert.match(
    written,
    /getWsgiApplication\(\{ project: join\(import\.meta\.dirname, "src"\) \}\);/,
  );
  const package_ = await init({
    ...files,
    "src/shop/wsgi.py": `x = f()\n${stock("shop.settings")}`,
  });
  assert.match(
    package_.written,
    /getPythonApplication\("shop\.wsgi:application", \{ project: join\(import\.meta\.dirname, "src"\) \}\);/,
  );
  // Settings that are no package, beside a wsgi.py that is none either; and no manage.py above them.
  const flat = await init({
    "sandbox/settings.py": "",
    "sandbox/wsgi.py": stock("settings"),
  });
  assert.match(flat.written, /\?\?= "settings";/);
  assert.match(flat.written, /project: join\(import\.meta\.dirname, "sandbox"\)/);
  // Nobody names settings but the .env that wsgi.py reads.
  const dotenv = await init({
    "manage.py": "import dotenv\ndotenv.load_dotenv()\n",
    "shop/wsgi.py": `import dotenv\n${GETTER}dotenv.load_dotenv()\napplication = get_wsgi_application()\n`,
  });
  assert.match(dotenv.written, /getPythonApplication\("shop\.wsgi:application"\)/);
  assert.doesNotMatch(dotenv.written, /process\.env/);
  // wsgi as a package, and an application of another name.
  const named = await init({
    "manage.py": manage("shop.settings"),
    "shop/settings.py": "",
    "shop/wsgi/__init__.py": `${named_("shop.settings")}from .health import check\napp = check(get_wsgi_application())\n`,
  });
  assert.match(named.written, /getPythonApplication\("shop\.wsgi:app"\)/, named.said);
});

const named_ = (settings: string): string => `import os\n${GETTER}${named(settings)}`;

test("a wsgi.py that this Python cannot read is named with its line, and nothing is written", async () => {
  const files = { "manage.py": manage("shop.settings"), "shop/settings.py": "" };
  const broken = await init({ ...files, "shop/wsgi.py": "import os\nprint 'old'\n" });
  assert.equal(broken.code, 3);
  assert.match(
    broken.said,
    /QUINTET_WSGI_PY: shop\/wsgi\.py:2 cannot be read: .*\n\n {2}print 'old'/,
  );
  assert.equal(broken.written, "");
  const unknown = await init({ ...files, "shop/wsgi.py": "# coding: klingon\n" });
  assert.match(unknown.said, /shop\/wsgi\.py(:\d+)? cannot be read: .*klingon/);
  // A manage.py of Python 2 is only looked at for its settings.
  const old = await init({
    ...files,
    "manage.py": "print 'x'\n",
    "shop/wsgi.py": stock("shop.settings"),
  });
  assert.match(old.written, /\?\?= "shop\.settings";/);
  const folder = folderWith({ ...files });
  mkdirSync(join(folder, "shop", "wsgi.py"));
  const odd = await runCommand(["init"], { cwd: folder });
  assert.equal(odd.code, 0, odd.stderr);
});

test("a wsgi.py is read in the encoding that it declares", async () => {
  const folder = folderWith({ "manage.py": manage("shop.settings"), "shop/settings.py": "" });
  const text = `# -*- coding: latin-1 -*-\n${stock("shop.settings")}wrap("caf\u00e9")\n`;
  writeFileSync(join(folder, "shop", "wsgi.py"), text, "latin1");
  const { stderr } = await runCommand(["init"], { cwd: folder });
  assert.match(stderr, /shop\/wsgi\.py:9: wrap\("café"\)/);
  assert.match(readFileSync(join(folder, "wsgi.ts"), "utf8"), /9: wrap\("café"\)/);
});

test("init says which options of other servers to carry over by hand", async () => {
  const { said } = await init({
    "manage.py": manage("shop.settings"),
    "shop/settings.py": "",
    "shop/wsgi.py": stock("shop.settings"),
    "gunicorn.conf.py": 'bind = ":8000"\nworkers = 3\n\ndef post_fork(server, worker):\n    pass\n',
    "etc/uwsgi.ini": "[uwsgi]\nmodule = shop.wsgi\nharakiri = 10\nstatic-map = /media=media\n",
    "tox.ini": "[tox]\nenvlist = py311\n",
  });
  assert.match(said, /^gunicorn\.conf\.py is not used\. .*: bind, workers, post_fork\(\)$/m);
  assert.match(
    said,
    /^etc\/uwsgi\.ini is not used\. quintet --config etc\/uwsgi\.ini translates it to a quintet\.config\.ts\. .*: harakiri, static-map$/m,
  );
  assert.doesNotMatch(said, /tox/);
});

test("no code of the project is run, and its control characters are escaped", async () => {
  const folder = folderWith({ "manage.py": manage("shop.settings") });
  const mark = join(folder, "ran");
  const run = `open(${JSON.stringify(mark)}, "w")  # \u001b[31m\n`;
  for (const name of [
    "shop/__init__.py",
    "shop/settings.py",
    "shop/wsgi.py",
    "ast.py",
    "json.py",
  ]) {
    mkdirSync(join(folder, "shop"), { recursive: true });
    writeFileSync(
      join(folder, name),
      run + (name.endsWith("wsgi.py") ? stock("shop.settings") : ""),
    );
  }
  const { code, stderr } = await runCommand(["init"], { cwd: folder });
  assert.equal(code, 0, stderr);
  assert.ok(!existsSync(mark));
  assert.match(stderr, /# \\x1b\[31m/);
  assert.ok(!readFileSync(join(folder, "wsgi.ts"), "utf8").includes("\u001b"));
});
