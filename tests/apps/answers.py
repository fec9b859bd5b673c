"""Answers of many shapes, and views that tell what became of them, for the tests of the application API."""

import json
import os
import time

ENDINGS = {"200": "OK", "204": "No Content", "205": "Reset Content", "304": "Not Modified"}


def application(environ, start_response):
    name = environ["PATH_INFO"].split("/")[1] or "hello"
    return VIEWS[name](environ, start_response)


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def cookies(environ, start_response):
    """Two cookies, and another header between them."""
    headers = [
        ("Content-Type", "text/plain"),
        ("Set-Cookie", "a=1; Path=/"),
        ("X-Between", "here"),
        ("Set-Cookie", "b=2; Expires=Thu, 01 Jan 2037 00:00:00 GMT"),
    ]
    start_response("200 OK", headers)
    return [b"baked"]


def status(environ, start_response):
    """The status of the query, as it is there: /status?299%20Odd"""
    line = environ["QUERY_STRING"].replace("%20", " ")
    if " " not in line:
        line += " " + ENDINGS.get(line, "")
    start_response(line, [("X-Status", line), ("Content-Type", "text/plain")])
    return [] if line[:3] in ("204", "205", "304") else [b"body\n"]


def redirect(environ, start_response):
    start_response("302 Found", [("Location", "/hello"), ("Content-Type", "text/plain")])
    return [b"over there"]


class Told:
    """An endless body that writes into a file how far it came, and that it was closed."""

    def __init__(self, path, size, pause):
        self.path = path
        self.size = size
        self.pause = pause
        self.sent = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.pause and self.sent:
            time.sleep(self.pause)
        self.sent += self.size
        self._tell("sent")
        return b"x" * self.size

    def close(self):
        self._tell("closed")

    def _tell(self, state):
        with open(self.path + ".new", "w") as file:
            json.dump({"state": state, "sent": self.sent}, file)
        os.replace(self.path + ".new", self.path)


def told(environ, start_response):
    """/told?PATH,BYTES,SECONDS: an endless body of such pieces, so far apart."""
    path, size, pause = environ["QUERY_STRING"].split(",")
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return Told(path, int(size), float(pause))


def environ_view(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(environ, default=repr, sort_keys=True).encode()]


def reads(environ, start_response):
    """The body by lines, as repr."""
    lines = list(environ["wsgi.input"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr(lines).encode()]


def die_late(environ, start_response):
    """Begin an answer and end the process."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun\n"
    os._exit(7)


VIEWS = {
    "hello": hello,
    "cookies": cookies,
    "status": status,
    "redirect": redirect,
    "told": told,
    "environ": environ_view,
    "reads": reads,
    "die-late": die_late,
}
