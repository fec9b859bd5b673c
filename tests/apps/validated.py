"""Applications inside wsgiref's validator: whatever breaks PEP 3333, on either side, raises."""

import hashlib
from wsgiref.validate import validator


def echo(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    environ["wsgi.errors"].write("validated\n")
    text = "%s %d %s" % (environ["REQUEST_METHOD"], len(body), hashlib.sha256(body).hexdigest())
    data = text.encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [data]


def stream(environ, start_response):
    """Lines of the body, one by one, through the other ways to read it."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    first = environ["wsgi.input"].readline()
    rest = environ["wsgi.input"].readlines()
    return iter([first, *rest, b"end"])


def writer(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written ")
    return [b"and returned"]


def nothing(environ, start_response):
    start_response("204 No Content", [])
    return []


VIEWS = {"/stream": validator(stream), "/writer": validator(writer), "/nothing": validator(nothing)}
VALIDATED_ECHO = validator(echo)


def application(environ, start_response):
    return VIEWS.get(environ["PATH_INFO"], VALIDATED_ECHO)(environ, start_response)
