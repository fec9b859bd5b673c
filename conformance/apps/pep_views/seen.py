"""What an application sees of its request and of its server."""

import json
import os
import threading
import time

from .visit import PLAIN


def answer(start_response, value):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(value).encode()]


def shown(value):
    """A variable as the case reads it: its exact type, and its text or its truth."""
    if isinstance(value, (str, bytes)):
        text = value if isinstance(value, str) else value.decode("latin-1")
    else:
        text = repr(value) if isinstance(value, tuple) else str(bool(value))
    return [type(value).__name__, text]


def environ(visit, environ, start_response):
    """Everything, for every path that is no view."""
    variables = {name: shown(value) for name, value in environ.items()}
    return answer(start_response, {"type": type(environ).__name__, "variables": variables})


def fresh(visit, environ, start_response):
    """Leaves something behind, and takes something away."""
    left = [name for name in ("left.behind", "HTTP_LEFT") if name in environ]
    missing = [name for name in ("REQUEST_METHOD", "wsgi.input") if name not in environ]
    environ["left.behind"] = environ["HTTP_LEFT"] = "here"
    del environ["REQUEST_METHOD"], environ["wsgi.input"]
    return answer(start_response, {"left": left, "missing": missing, "pid": os.getpid()})


def cleared(visit, environ, start_response):
    environ.clear()
    start_response("200 OK", PLAIN)
    return [b"cleared"]


def busy(visit, environ, start_response):
    """Takes a while, so that others come meanwhile."""
    visit.note("begins %d %d" % (os.getpid(), threading.get_ident()))
    time.sleep(0.3)
    visit.note("ends %d %d" % (os.getpid(), threading.get_ident()))
    names = ("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once")
    return answer(start_response, {name: bool(environ[name]) for name in names})


VIEWS = {"environ": environ, "fresh": fresh, "cleared": cleared, "busy": busy}
