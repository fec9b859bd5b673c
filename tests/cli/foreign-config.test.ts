import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { apps, python } from "../../testing/paths.ts";
import { start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

const gunicorn = `
import multiprocessing
from pathlib import Path

Path("executed").touch()
bind = ["127.0.0.1:1", "unix:/run/shop.sock"]
workers = multiprocessing.cpu_count() * 2 + 1
threads: int = 2
threads = 4
timeout = graceful_timeout = 90
max_requests, max_requests_jitter = 1_000, 50
keepalive = 5
if "SLOW" in raw_env:
    keepalive = 65
raw_env = [
    "SHOP=1",
]
loglevel = "warning"
accesslog = "-"
user = 33
worker_class = "gthread"
forwarded_allow_ips = "*"
statsd_host = "localhost:8125"

def post_fork(server, worker):
    pass
`;

test("-c gunicorn.conf.py says what to write instead, and does not run it", async (t) => {
  const cwd = folderWith({ "gunicorn.conf.py": gunicorn });
  const args = ["--python", python, "-c", "gunicorn.conf.py", "basic"];
  const { code, stderr } = await runCommand(args, { cwd });
  assert.equal(code, 3);
  assert.ok(!existsSync(join(cwd, "executed")));
  assert.match(
    stderr,
    /QUINTET_CONFIG: Cannot read .*gunicorn\.conf\.py: it is a config file for Gunicorn\./,
  );
  for (const line of [
    'bind: ["127.0.0.1:1","unix:/run/shop.sock"],',
    "// workers: workers = multiprocessing.cpu_count() * 2 + 1",
    "threads: 4,",
    "timeout: 90,",
    "gracefulTimeout: 90,",
    "maxRequests: 1000,",
    "maxRequestsJitter: 50,",
    // The file decides when it runs.
    "// keepAlive: keepalive = 65",
    'env: {"SHOP":"1"},',
    'logLevel: "warn",',
    "accessLog: true, // part of the log, see logFile",
    'user: "33",',
    '// worker_class = "gthread": not needed: a slow client never occupies a worker, see threads',
    "// hooks: def post_fork(…): a module with post_fork(worker)",
  ])
    assert.ok(stderr.includes(`    ${line}\n`), `${line} is not in\n${stderr}`);
  assert.match(stderr, /Unknown: .*statsd_host/);

  // As Gunicorn takes it, too.
  writeFileSync(join(cwd, "shop_conf.py"), gunicorn);
  for (const named of ["file:gunicorn.conf.py", "python:shop_conf"]) {
    const other = await runCommand(["--python", python, "-c", named, "basic"], { cwd });
    assert.equal(other.code, 3);
    assert.match(other.stderr, /Cannot read .*: it is a config file for Gunicorn/, named);
  }

  // What it says can be used as it is.
  const config = /import \{ defineConfig[^]*\}\);/.exec(stderr)?.[0] ?? "";
  writeFileSync(join(cwd, "quintet.config.ts"), config.replace(/user: .*|logLevel: .*/g, ""));
  const server = await start("basic", { cwd, args: ["--workers", "1"], env: { PYTHONPATH: apps } });
  t.after(() => server.stop());
  await server.logged(({ msg }) => msg?.startsWith("1 worker of 4 threads") === true);
});

test("an uwsgi.ini and every other foreign file are refused too", async () => {
  const ini = `
[other]
threads = 9
[uwsgi]
; a comment
http = :8001
module = shop.wsgi
processes = 3
harakiri = 20
reload-on-rss = 200
virtualenv = /srv/shop/venv
touch-reload = %d/reload
static-map = /static=/srv/static
static-map = /static=var/icons
static-map = /robots.txt=/srv/robots.txt
static-safe = /srv/shared
if-env = SHOP_QUIET
disable-logging = true
static-map = /shop/static=/srv/static
static-safe = /srv/shop
endif =
if-env = SHOP_LIMIT
limit-post = %(_)
endif =
vacuum = true
`;
  const cwd = folderWith({
    "uwsgi.ini": ini,
    "settings.toml": "workers = 2\n",
    "bad.py": "workers = (",
  });
  const say = async (file: string): Promise<string> =>
    (await runCommand(["--python", python, "-c", file, "basic"], { cwd })).stderr;
  const said = await say("uwsgi.ini");
  for (const line of [
    'bind: [":8001"],',
    "// module = shop.wsgi: name it on the command line: quintet TARGET",
    "workers: 3,",
    "timeout: 20,",
    "maxMemory: 209715200,",
    'python: "/srv/shop/venv/bin/python",',
    "// touchReload: touch-reload = %d/reload",
    "// vacuum = true: always on",
    'staticMap: {"/static":["/srv/static","var/icons"],"/robots.txt":["/srv/robots.txt"]},',
    // What is only said under a condition is not said here for always.
    "// disable-logging = true: only with if-env = SHOP_QUIET",
    "// static-map = /shop/static=/srv/static: only with if-env = SHOP_QUIET",
    "// limit-post = %(_): only with if-env = SHOP_LIMIT",
    "// Unknown: static-safe",
  ])
    assert.ok(said.includes(`    ${line}\n`), `${line} is not in\n${said}`);
  assert.doesNotMatch(said, /threads|accessLog|endif/);
  assert.match(
    await say("settings.toml"),
    /QUINTET_CONFIG: Cannot read .*settings\.toml: a config file must be TypeScript/,
  );
  // Not even Python.
  assert.match(
    await say("bad.py"),
    /QUINTET_CONFIG: Cannot read .*bad\.py: .*Gunicorn[^]*quintet\.config\.ts/,
  );
});
