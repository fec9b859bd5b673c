// A real nginx publishes a Django project below a path, which it strips or does not strip: pages, static files and
// media agree.
import assert from "node:assert/strict";
import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { account } from "../../../peers/account.ts";
import { nginx, nginxCommand, nginxConfiguration } from "../../../peers/nginx.ts";
import { type HostProcess, startProcess } from "../../../peers/process.ts";
import { freePort } from "../../../testing/ports.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";
import { until } from "../../../testing/wait.ts";

const cwd = folderWith({
  "static/site.css": "body {}",
  "media/photo.txt": "a photo",
  "published.py": `
import os
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import include, path, re_path, reverse

here = os.path.dirname(os.path.abspath(__file__))
settings.configure(
    SECRET_KEY="for the test",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=os.environ.get("SITE_MIDDLEWARE", "").split(),
    INSTALLED_APPS=["django.contrib.staticfiles"],
    STATIC_URL=os.environ.get("SITE_STATIC_URL", "static/"),
    STATIC_ROOT=os.path.join(here, "static"),
    MEDIA_URL=os.environ.get("SITE_MEDIA_URL", "media/"),
    MEDIA_ROOT=os.path.join(here, "media"),
    FORCE_SCRIPT_NAME=os.environ.get("SITE_FORCED"),
)


def index(request):
    links = {"orders": reverse("orders"), "static": static("site.css"), "media": settings.MEDIA_URL + "photo.txt"}
    return JsonResponse(links)


OWN = {
    "path": [path("shop/", lambda request: HttpResponse("the shop's own /shop/"))],
    "regex": [re_path("^(shop|store)/$", lambda request, name: HttpResponse("the shop's own /shop/"))],
    "nested": [path("sh", include([re_path("^op/?$", lambda request: HttpResponse("the shop's own /shop/"))]))],
    "another": [path("shopping/", index), path("<path:rest>", lambda request, rest: HttpResponse("rest " + rest))],
}
urlpatterns = [path("", index), path("orders/", lambda request: HttpResponse("orders"), name="orders")]
urlpatterns += OWN.get(os.environ.get("SITE_OWN"), [])
application = get_wsgi_application()
`,
});

/** It reads STATIC_URL when it is made, before any request. Django would keep the value without a SCRIPT_NAME. */
const SITE_MIDDLEWARE = "whitenoise.middleware.WhiteNoiseMiddleware";

/** Ways to configure where the project is published, and the configuration that nginx needs for it. */
const projects: Record<string, { env: NodeJS.ProcessEnv; field?: string; path?: string }> = {
  "the variable SCRIPT_NAME": { env: { SCRIPT_NAME: "/shop" } },
  FORCE_SCRIPT_NAME: { env: { SITE_FORCED: "/shop", SITE_MEDIA_URL: "/shop/media/" } },
  "the header SCRIPT_NAME": { env: {}, field: "SCRIPT_NAME" },
  "the variable, with WhiteNoise": { env: { SCRIPT_NAME: "/shop", SITE_MIDDLEWARE } },
  "FORCE_SCRIPT_NAME, with WhiteNoise": { env: { SITE_FORCED: "/shop", SITE_MIDDLEWARE } },
  "the header, with WhiteNoise": { env: { SITE_MIDDLEWARE }, field: "SCRIPT_NAME" },
  // Another server, because Django keeps the first prefix in STATIC_URL.
  "the header, of a path that is escaped": { env: {}, field: "SCRIPT_NAME", path: "/caf\u00e9" },
  "the header, and addresses in full": {
    env: { SITE_STATIC_URL: "/shop/static/", SITE_MEDIA_URL: "/shop/media/" },
    field: "SCRIPT_NAME",
  },
};
const servers: Record<string, Running> = {};
/** By project, by path, and by whether nginx strips it. */
const sites: { project: string; path: string; strips: boolean; port: number }[] = [];
let proxy: HostProcess;

function siteOf(upstream: number, field: string | undefined, site: (typeof sites)[number]): string {
  const says = field ? `proxy_set_header ${field} ${site.path};` : "";
  return `server {
    listen 127.0.0.1:${site.port};
    location ${site.path}/ {
        proxy_pass http://127.0.0.1:${upstream}${site.strips ? "/" : ""};
        proxy_set_header Host $http_host;
        ${says}
    }
}`;
}

before(async () => {
  if (nginx.skip) return;
  const texts: string[] = [];
  await Promise.all(
    Object.entries(projects).map(async ([project, { env }]) => {
      servers[project] = await start("published", { cwd, env, args: ["--workers", "1"] });
    }),
  );
  for (const [project, { field, path = "/shop" }] of Object.entries(projects)) {
    for (const strips of [false, true]) {
      const site = { project, path, strips, port: await freePort() };
      sites.push(site);
      texts.push(siteOf((servers[project] as Running).port, field, site));
    }
  }
  const folder = folderWith({ "site.conf": texts.join("\n") });
  writeFileSync(join(folder, "nginx.conf"), nginxConfiguration(folder, join(folder, "site.conf")));
  if (account) chownSync(folder, account.uid, account.gid);
  proxy = await startProcess(nginxCommand(join(folder, "nginx.conf")), {
    cwd: folder,
    env: process.env,
  });
  await until(async () => {
    const connection = await raw(sites[0]?.port as number).catch(() => null);
    connection?.destroy();
    return connection !== null;
  }, "nginx listens");
});
after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await proxy?.stop();
});

const get = (port: number, path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" });

for (const project of Object.keys(projects)) {
  test(`${project}: what a page links to is there`, { skip: nginx.skip }, async () => {
    for (const { path, strips, port } of sites.filter((site) => site.project === project)) {
      const how = `${path}, ${strips ? "stripped" : "not stripped"}`;
      const page = await get(port, `${path}/`);
      if (strips && project.startsWith("the variable")) {
        // As under Gunicorn, where it is a 500: nothing tells for which requests it is true.
        assert.equal(page.status, 404, how);
        continue;
      }
      assert.equal(page.status, 200, how);
      const links = (await page.json()) as Record<string, string>;
      const [orders, file, photo] = [links.orders, links.static, links.media] as string[];
      for (const link of [orders, file, photo]) {
        assert.ok(decodeURI(link as string).startsWith(`${path}/`), `${how}: ${link}`);
      }
      assert.equal(await (await get(port, orders as string)).text(), "orders", how);
      assert.equal(await (await get(port, file as string)).text(), "body {}", how);
      assert.equal(await (await get(port, photo as string)).text(), "a photo", how);
      assert.equal((await get(port, `${path}/nothing/`)).status, 404, how);
    }
  });
}

test("a client that sends the header itself has no effect: nginx drops it, and other clients are not trusted", async () => {
  if (nginx.skip) return;
  const site = sites.find(({ project, strips }) => project === "FORCE_SCRIPT_NAME" && strips);
  const connection = await raw(site?.port as number);
  connection.write(
    "GET /shop/ HTTP/1.1\r\nHost: a\r\nSCRIPT_NAME: /evil\r\nConnection: close\r\n\r\n",
  );
  const { text } = await connection.closed();
  assert.match(text, /"\/shop\/orders\/"/);
});

test("a project whose own URLs begin with FORCE_SCRIPT_NAME gets its paths as they are", async (t) => {
  const servers = await Promise.all(
    ["path", "regex", "nested", "another"].map(async (own) => {
      const env = { SITE_FORCED: "/shop", SITE_OWN: own };
      return [own, await start("published", { cwd, env, args: ["--workers", "1"] })] as const;
    }),
  );
  t.after(() => Promise.all(servers.map(([, server]) => server.stop())));
  for (const [own, server] of servers) {
    const index = await (await fetch(`${server.url}/shop/`)).text();
    // A route for another path, or for all paths, is no reason to keep the path.
    if (own === "another") assert.match(index, /"\/shop\/orders\/"/);
    else assert.equal(index, "the shop's own /shop/", own);
    assert.equal(await (await fetch(`${server.url}/shop/static/site.css`)).text(), "body {}");
    assert.equal(await (await fetch(`${server.url}/static/site.css`)).text(), "body {}");
  }
});

test("files that WhiteNoise answers, at a URL that the path leaves out, are warned of", async (t) => {
  const env = { SITE_MIDDLEWARE, SITE_STATIC_URL: "/static/", SITE_MEDIA_URL: "/media/" };
  const args = ["--workers", "1", "--mount", "/shop"];
  const server = await start("published", { cwd, env, args });
  t.after(() => server.stop());
  await server.logged(({ msg }) => msg?.startsWith("/media/ from ") === true);
  const warnings = server.log().filter(({ level }) => level === "warn");
  assert.deepEqual(
    warnings.map(({ msg }) => msg),
    [
      "STATIC_URL is /static/, outside of /shop: pages link to it, but such requests are answered 404. " +
        'Write STATIC_URL = "static/", which begins at /shop, or have the proxy serve /static/',
    ],
  );
  assert.equal((await fetch(`${server.url}/static/site.css`)).status, 404);
});
