// One exception of a view, one traceback in the log: either the project's logging prints it, or the worker logs it.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type LogLine, type Running, start } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";

const cwd = folderWith({
  "once.py": `
import logging, logging.config, logging.handlers, os, sys
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="for the test", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, DEBUG=False,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "once.middleware", "once.middleware"],
)


def middleware(get_response):
    return lambda request: get_response(request)


class AddsId(logging.Filter):
    def filter(self, record):
        record.tag = "tagged"
        return True


class Short(logging.Formatter):
    def format(self, record):
        return "%s %s" % (record.levelname, record.getMessage())


class Json(logging.Formatter):
    def format(self, record):
        import json
        return json.dumps({"m": record.getMessage(), "exc": self.formatException(record.exc_info)})


CONSOLE = {"class": "logging.StreamHandler"}
def console(**more):
    return {"handlers": {"console": {**CONSOLE, **more}}}

def opened(path):
    return {"handlers": {"console": {"class": "logging.FileHandler", "filename": path}}}

ROOT = {"root": {"handlers": ["console"]}}


class Seldom(logging.Filter):
    """Lets each exception through once, as those do that spare the ADMINS."""
    seen = set()

    def filter(self, record):
        text = repr(record.exc_info[1])
        fresh = text not in self.seen
        self.seen.add(text)
        return fresh


class Mail(logging.Handler):
    def emit(self, record):
        with open("mail.log", "a") as file:
            file.write(self.format(record))


VARIANTS = {
    "default": {},
    "root": {**console(), **ROOT},
    "stdout": {**console(stream="ext://sys.stdout"), **ROOT},
    "errors-only": {**console(level="ERROR"), **ROOT},
    "critical-only": {**console(level="CRITICAL"), **ROOT},
    "request": {**console(), "loggers": {"django.request": {"handlers": ["console"], "propagate": False}}},
    "last-resort": {**console(), **ROOT, "loggers": {"django.request": {"handlers": [], "propagate": False}}},
    "silenced": {
        "handlers": {"none": {"class": "logging.NullHandler"}},
        "loggers": {"django.request": {"handlers": ["none"], "propagate": False}},
    },
    "debug-only": {
        **console(filters=["debug"]), **ROOT,
        "filters": {"debug": {"()": "django.utils.log.RequireDebugTrue"}},
    },
    "tagged": {
        **console(filters=["tag"], formatter="tag"), **ROOT,
        "filters": {"tag": {"()": AddsId}},
        "formatters": {"tag": {"format": "%(tag)s %(message)s %(status_code)s"}},
    },
    "short": {**console(formatter="short"), **ROOT, "formatters": {"short": {"()": Short}}},
    "json": {**console(formatter="json"), **ROOT, "formatters": {"json": {"()": Json}}},
    "file": {**opened("once.log"), **ROOT},
    "seldom": {
        "filters": {"seldom": {"()": Seldom}},
        "handlers": {"console": {"()": Mail, "filters": ["seldom"]}}, **ROOT,
    },
    "late": {"handlers": {"console": {"class": "logging.FileHandler", "filename": "/dev/stderr", "delay": True}}, **ROOT},
    "parent": {**console(), "loggers": {"django": {"handlers": ["console"], "propagate": False}}},
    "both": {
        "handlers": {"console": CONSOLE, "file": {"class": "logging.FileHandler", "filename": "once.log"}},
        "root": {"handlers": ["file", "console"]},
    },
    "disabled": {**console(), **ROOT, "disable_existing_loggers": True},
    "debug": {},
    "memory": {
        "handlers": {
            "console": CONSOLE,
            "memory": {"class": "logging.handlers.MemoryHandler", "capacity": 1, "target": "console"},
        },
        "root": {"handlers": ["memory"]},
    },
}


ALWAYS_THIS = RuntimeError("ValueError: boom-constant.")


def handler500(request):
    from django.views.defaults import server_error
    if "page" in request.path:
        raise LookupError("the page for %s fails" % request.path)
    if "again" in request.path:
        raise
    return server_error(request)


def boom(request, variant):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = variant == "propagates"
    logging.getLogger("django.request").handlers.clear()
    logging.getLogger("django.request").propagate = True
    logging.getLogger().handlers.clear()
    logging.getLogger("django").handlers.clear()
    logging.getLogger("django").propagate = True
    logging.getLogger("django.request").disabled = False
    name = variant.partition("-")[2] if variant.startswith("page-") else variant
    settings.DEBUG = name == "debug"
    if name in ("default", "debug", "page", "again"):
        from django.utils.log import DEFAULT_LOGGING
        logging.config.dictConfig(DEFAULT_LOGGING)
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, **VARIANTS.get(name, {})})
    if variant == "constant":
        raise ALWAYS_THIS
    raise ValueError("boom-%s." % variant)


urlpatterns = [path("", lambda request: HttpResponse("fine")), path("boom/<variant>", boom)]
application = get_wsgi_application()
`,
  "flasked.py": `
import logging
from flask import Flask

app = application = Flask(__name__)

@app.get("/boom/<variant>")
def boom(variant):
    app.config["PROPAGATE_EXCEPTIONS"] = variant == "raised" or None
    raise ValueError("boom-%s." % variant)
`,
});

const servers: Record<string, Running> = {};
before(async () => {
  const args = ["--workers", "1"];
  [servers.Django, servers.Flask, servers.threads] = await Promise.all([
    start("once", { cwd, args }),
    start("flasked", { cwd, args }),
    start("once", { cwd, args: [...args, "--threads", "2"] }),
  ]);
});
after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
});

/** The lines that name the exception, once everything logged for the request has arrived. */
async function told(server: Running, variant: string): Promise<LogLine[]> {
  assert.equal((await fetch(`${server.url}/boom/${variant}`)).status, 500);
  const names = ({ msg, detail }: LogLine): boolean =>
    `${msg ?? ""}${detail ?? ""}`.includes(`ValueError: boom-${variant}.`);
  await server.logged(names);
  // Output is ordered, so this line arrives after everything printed before.
  await fetch(`${server.url}/boom/last-${variant}`);
  await server.logged(({ msg, detail }) => `${msg}${detail}`.includes(`boom-last-${variant}.`));
  return server.log().filter(names);
}

const WORKERS = [
  "default",
  "critical-only",
  "silenced",
  "debug-only",
  "short",
  "file",
  "propagates",
  "seldom",
  "disabled",
];
const PROJECTS = [
  "root",
  "stdout",
  "errors-only",
  "request",
  "tagged",
  "json",
  "memory",
  "last-resort",
  "late",
  "parent",
  "both",
  "debug",
];

for (const name of ["Django", "threads"]) {
  test(`${name}: the worker logs a traceback that the project's LOGGING does not print, with the request`, async () => {
    for (const variant of WORKERS) {
      const lines = await told(servers[name] as Running, variant);
      assert.equal(lines.length, 1, `${variant}: ${JSON.stringify(lines)}`);
      assert.match(lines[0]?.detail ?? "", /^Traceback/, variant);
      assert.ok(lines[0]?.request, variant);
    }
    assert.ok(existsSync(join(cwd, "once.log")));
    assert.match(readFileSync(join(cwd, "once.log"), "utf8"), /ValueError: boom-file\./);
    // Checking whether the project prints it does not affect the project's handlers.
    assert.match(readFileSync(join(cwd, "mail.log"), "utf8"), /ValueError: boom-seldom\./);
  });

  test(`${name}: a traceback that it prints is not logged again`, async () => {
    for (const variant of PROJECTS) {
      const lines = await told(servers[name] as Running, variant);
      assert.equal(lines.length, 1, `${variant}: ${JSON.stringify(lines)}`);
      assert.equal(lines[0]?.detail, undefined, variant);
    }
  });
}

const count = (lines: LogLine[], text: string): number =>
  lines.reduce((sum, { msg, detail }) => sum + (detail ?? msg ?? "").split(text).length - 1, 0);

test("if the error page fails, both exceptions are logged once, not once for each middleware", async () => {
  const server = servers.Django as Running;
  for (const variant of ["page", "again"]) {
    const lines = await told(server, variant);
    const { request } = lines[0] as LogLine;
    const ofRequest = server.log().filter((line) => line.request === request && line.detail);
    assert.equal(count(ofRequest, "\nValueError: boom-"), 1, JSON.stringify(ofRequest));
    const page = variant === "page" ? 1 : 0;
    assert.equal(count(ofRequest, "\nLookupError: the page"), page, JSON.stringify(ofRequest));
    assert.equal(ofRequest.length, 1 + page);
  }
});

test("so it is where the project's LOGGING would have printed the first one", async () => {
  const server = servers.Django as Running;
  await told(server, "root");
  const lines = await told(server, "page-root");
  assert.equal(count(lines, "\nValueError: boom-"), 1, JSON.stringify(lines));
  assert.equal(count(lines, "\nLookupError: the page"), 1, JSON.stringify(lines));
});

test("an exception object that is raised by each request is told for each", async () => {
  const server = servers.Django as Running;
  assert.equal((await fetch(`${server.url}/boom/constant`)).status, 500);
  assert.equal((await told(server, "constant")).length, 2);
});

test("Flask's own logger prints one traceback, and an error that Flask passes on is logged once", async () => {
  for (const variant of ["logged", "raised"]) {
    const lines = await told(servers.Flask as Running, variant);
    assert.equal(lines.length, 1, `${variant}: ${JSON.stringify(lines)}`);
    assert.equal(lines[0]?.detail === undefined, variant === "logged");
  }
});
