import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "undici";
import { getPythonApplication } from "../../src/api/python.ts";
import { runCommand } from "../../testing/command.ts";
import { Load } from "../../testing/load.ts";
import { python } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { warmed } from "../../testing/warmed.ts";

type Environ = Record<string, string>;

async function seen(server: Running): Promise<Environ[]> {
  return (await (await fetch(`${server.url}/seen`)).json()) as Environ[];
}

test("a warm-up request looks like a client's, but its environ marks it", async (t) => {
  const app = warmed("warms");
  const targets = ["/caf%C3%A9/?a=b", "/missing", "/moved", "https://shop.example:8443/x", "/é"];
  const args = targets.flatMap((target) => ["--warmup", target]);
  const server = await serve(t, "warmed", { cwd: app.folder, env: app.env, args });
  const [first, missing, , other, plain] = await seen(server);
  const utf8 = Buffer.from("/café/").toString("latin1");
  assert.equal(first?.PATH_INFO, utf8);
  assert.equal(first?.REQUEST_URI, "/caf%C3%A9/?a=b");
  assert.equal(first?.QUERY_STRING, "a=b");
  assert.equal(first?.REQUEST_METHOD, "GET");
  assert.equal(first?.SERVER_PROTOCOL, "HTTP/1.1");
  assert.equal(first?.HTTP_HOST, "localhost");
  assert.equal(first?.SERVER_PORT, "80");
  assert.equal(first?.["wsgi.url_scheme"], "http");
  assert.equal(first?.HTTP_USER_AGENT, "quintet-warmup");
  assert.match(first?.REQUEST_ID ?? "", /^warmup-/);
  assert.notEqual(missing?.REQUEST_ID, first?.REQUEST_ID);
  assert.equal(other?.HTTP_HOST, "shop.example:8443");
  assert.equal(other?.SERVER_NAME, "shop.example");
  assert.equal(other?.SERVER_PORT, "8443");
  assert.equal(other?.["wsgi.url_scheme"], "https");
  assert.equal(plain?.REQUEST_URI, "/%C3%A9");
  await server.stop();
  const warnings = server.log().filter(({ msg }) => msg?.startsWith("warmup: "));
  assert.deepEqual(
    warnings.map(({ level, msg }) => `${level} ${msg}`),
    [
      "warn warmup: GET /missing was answered 404",
      "warn warmup: GET /moved was answered 302; it redirects to /login/, which is not warmed up",
    ],
  );
});

test("under a mount path, a warm-up target may include that path or leave it out", async (t) => {
  const app = warmed("warms");
  const targets = ["/shop/a", "/b", "/shopping"];
  const args = targets.flatMap((target) => ["--warmup", target]);
  for (const [mount, env] of [
    [["--mount", "/shop"], {}],
    [[], { SCRIPT_NAME: "/shop" }],
  ] as const) {
    const server = await serve(t, "warmed", {
      cwd: app.folder,
      env: { ...app.env, ...env },
      args: [...args, ...mount, "--workers", "1"],
    });
    const response = await fetch(`${server.url}/shop/seen`);
    const environs = (await response.json()) as Environ[];
    assert.deepEqual(
      environs.map((each) => [each.SCRIPT_NAME, each.PATH_INFO, each.REQUEST_URI]),
      [
        ["/shop", "/a", "/shop/a"],
        ["/shop", "/b", "/shop/b"],
        ["/shop", "/shopping", "/shop/shopping"],
      ],
    );
    await server.stop();
  }
});

const URLS = `
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET
SEEN = []
def home(request):
    if request.META.get("quintet.warmup"):
        SEEN.append("%s %s" % (request.build_absolute_uri(), request.is_secure()))
    return HttpResponse("\\n".join(SEEN))
urlpatterns = [path("", home)]
`;
const SETTINGS = (hosts: string, secure: string): string => `
SECRET_KEY = "x"
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ${hosts}
SECURE_SSL_REDIRECT = ${secure}
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
`;

test("for Django, the warm-up uses an allowed host, and https if http redirects; otherwise the log says what to do", async (t) => {
  const folder = folderWith({
    "wsgi.py":
      'import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ["DJANGO_SETTINGS_MODULE"] = "settings"\napplication = get_wsgi_application()\n',
    "urls.py": URLS,
    "settings.py": SETTINGS('["*", ".shop.example:80", ".shop.example"]', "True"),
  });
  const env = { PYTHONDONTWRITEBYTECODE: "1" };
  const args = ["--warmup", "/", "--warmup", "https://other.example/"];
  const server = await serve(t, "wsgi", { cwd: folder, args, env });
  // Django does not redirect such a request.
  const ask = (): ReturnType<typeof request> =>
    request(server.url, { headers: { host: "shop.example" } });
  assert.equal((await ask()).statusCode, 301);
  const line = await server.logged(({ msg }) => msg?.startsWith("warmed up") === true);
  assert.match(line.msg ?? "", /: \/ 200, https:\/\/other\.example\/ 200$/);
  writeFileSync(join(folder, "settings.py"), SETTINGS('[".shop.example"]', "False"));
  const reload = await runCommand(["reload", "--pid", String(server.pid)]);
  assert.equal(reload.code, 0, reload.stderr);
  assert.equal(await (await ask()).body.text(), "http://shop.example/ False");
  const refused = await server.logged(
    ({ msg }) => msg?.startsWith("warmup: GET https://other") === true,
  );
  assert.match(
    refused.msg ?? "",
    /was answered 400; its host was other\.example; a URL asks for another/,
  );
});

test("under Django's FORCE_SCRIPT_NAME, a warm-up target may include that path or leave it out", async (t) => {
  const folder = folderWith({
    "wsgi.py":
      'import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ["DJANGO_SETTINGS_MODULE"] = "settings"\napplication = get_wsgi_application()\n',
    "urls.py": URLS,
    "settings.py": `${SETTINGS('["*"]', "False")}FORCE_SCRIPT_NAME = "/shop"\n`,
  });
  // That mount is the root, so it changes nothing.
  const args = ["--warmup", "/shop/", "--warmup", "/", "--mount", "/"];
  const server = await serve(t, "wsgi", { cwd: folder, args });
  const text = await (await fetch(`${server.url}/shop/`)).text();
  assert.equal(text, "http://localhost/shop/ False\nhttp://localhost/shop/ False");
});

test("with middleware in TypeScript both kinds of workers are warmed up, also after a reload and after a kill", async (t) => {
  const app = warmed("warms", {
    "wsgi.ts": `import { getPythonApplication } from "quintet/python";

const python = getPythonApplication("warmed:application");
let warm = false;

export const application = (environ, startResponse) => {
  if (environ["quintet.warmup"] === "1") warm = true;
  else if (!warm) {
    startResponse("500 Cold Node", []);
    return [];
  }
  return python(environ, startResponse);
};
`,
  });
  const server = await serve(t, "wsgi.ts", {
    cwd: app.folder,
    env: app.env,
    args: ["--workers", "2", "--warmup", "/", "--warmup", "/missing", "--no-access-log"],
  });
  const load = new Load(server.url, [{ path: "/", count: 4 }]);
  const reload = await runCommand(["reload", "--pid", String(server.pid)]);
  assert.equal(reload.code, 0, reload.stderr);
  await load.stop();
  assert.deepEqual(load.failures, []);
  process.kill(Number(await (await fetch(server.url)).text()), "SIGKILL");
  for (let asked = 0; asked < 6; asked += 1) {
    const response = await fetch(server.url);
    assert.equal(response.status, 200, await response.text());
  }
  // An odd status is only logged for Node: the path may not be meant for Python.
  await server.stop();
  const warnings = server.log().filter(({ msg }) => msg?.startsWith("warmup: "));
  assert.ok(warnings.length > 0 && warnings.length <= 2, server.output());
});

test("an application in a user's own program gets no response from a cold worker either", async () => {
  const app = warmed("warms");
  const application = getPythonApplication("warmed", {
    project: app.folder,
    warmup: ["/"],
    python,
    logLevel: "error",
    workers: 2,
  });
  try {
    const answers = Array.from({ length: 6 }, () => application.fetch(new Request("http://a/")));
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
  } finally {
    await application.close();
  }
});
