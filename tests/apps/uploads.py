"""A WSGI application whose views read their bodies in many ways, for the tests."""

import hashlib
import json
import os
import time
from urllib.parse import parse_qs


def application(environ, start_response):
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    path = environ["PATH_INFO"].split("/")
    # /buffered/digest and /digest are the same view.
    view = VIEWS[path[-1]]
    return view(environ, start_response, query)


def text(start_response, body, status="200 OK"):
    data = body if isinstance(body, bytes) else body.encode()
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))])
    return [data]


def note(query, line):
    """Into the file that the query names, so that a test sees how far the view is."""
    if "note" in query:
        with open(query["note"], "a") as file:
            file.write(line + "\n")


def echo(environ, start_response, query):
    """Each line of the body as it comes, and the end."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun\n"
    for line in environ["wsgi.input"]:
        yield b"got " + line
    yield b"ended\n"


def first(environ, start_response, query):
    """Read a line, note it, then read the rest."""
    note(query, "begun")
    source = environ["wsgi.input"]
    note(query, "first " + source.readline().decode().strip())
    rest = source.read()
    return text(start_response, "%d bytes more, then %r" % (len(rest), source.read()))


def digest(environ, start_response, query):
    """Length and hash of the body; pauses of some seconds after each piece of some bytes."""
    found = hashlib.sha256()
    length = 0
    size = int(query.get("size", 65536))
    while True:
        block = environ["wsgi.input"].read(size)
        if not block:
            break
        found.update(block)
        length += len(block)
        if "pause" in query:
            note(query, str(length))
            time.sleep(float(query["pause"]))
    return text(start_response, "%d %s" % (length, found.hexdigest()))


def facts(environ, start_response, query):
    """What the environ says of the body, and the body."""
    found = {
        "length": environ.get("CONTENT_LENGTH"),
        "terminated": environ.get("wsgi.input_terminated"),
        "input": type(environ["wsgi.input"]).__name__,
        "body": environ["wsgi.input"].read().decode("latin-1"),
        "after": [environ["wsgi.input"].read(size).decode() for size in (-1, 0, 1, 100)],
    }
    return text(start_response, json.dumps(found))


def unread(environ, start_response, query):
    """Answer without a look at the body, with so many bytes, as a list or as a stream."""
    size = int(query.get("bytes", 10))
    if "stream" in query:
        start_response(query.get("status", "200 OK"), [("Content-Type", "text/plain")])
        return (b"x" * min(65536, size - at) for at in range(0, size, 65536))
    return text(start_response, b"x" * size, query.get("status", "200 OK"))


def some(environ, start_response, query):
    """Read so many bytes, and answer."""
    data = environ["wsgi.input"].read(int(query["bytes"]))
    return text(start_response, "read %d" % len(data))


def catches(environ, start_response, query):
    """Note what read raises."""
    note(query, "begun")
    try:
        environ["wsgi.input"].read()
    except OSError as error:
        note(query, "%s: %s" % (type(error).__name__, error))
        try:
            environ["wsgi.input"].read()
        except OSError as again:
            note(query, "again %s" % again)
        return text(start_response, "the client cannot see this")
    return text(start_response, "whole")


def methods(environ, start_response, query):
    """Do to wsgi.input what the test has listed, and return what came of it."""
    source = environ["wsgi.input"]
    found = []
    for name, *arguments in json.loads(query["do"]):
        if name == "iterate":
            value = [line for _, line in zip(range(arguments[0]), source)]
        else:
            value = getattr(source, name)(*arguments)
        found.append([each.decode("latin-1") for each in value] if isinstance(value, list) else value.decode("latin-1"))
    return text(start_response, json.dumps(found))


def die(environ, start_response, query):
    """End the process after so many bytes."""
    environ["wsgi.input"].read(int(query["bytes"]))
    os._exit(9)


def hello(environ, start_response, query):
    return text(start_response, "Hello, world!\n")


VIEWS = {
    "echo": echo,
    "first": first,
    "digest": digest,
    "facts": facts,
    "unread": unread,
    "some": some,
    "catches": catches,
    "methods": methods,
    "die": die,
    "hello": hello,
}
