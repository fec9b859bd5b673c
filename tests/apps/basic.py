"""A WSGI application of many small views, for the tests."""

import hashlib
import json
import os
import time


def application(environ, start_response):
    view = VIEWS.get(environ["PATH_INFO"].split("/")[1] or "hello", missing)
    return view(environ, start_response)


def text(start_response, body, status="200 OK", headers=()):
    data = body if isinstance(body, bytes) else body.encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), *headers])
    return [data]


def hello(environ, start_response):
    return text(start_response, "Hello, world!\n")


def missing(environ, start_response):
    return text(start_response, "no such view\n", "404 Not Found")


def environ_view(environ, start_response):
    """The environ as JSON, what is not JSON by its repr."""
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(environ, default=repr, sort_keys=True).encode()]


def echo(environ, start_response):
    """The body back, with its length and hash in headers."""
    body = environ["wsgi.input"].read()
    headers = [
        ("Content-Type", "application/octet-stream"),
        ("X-Length", str(len(body))),
        ("X-Content-Length", environ.get("CONTENT_LENGTH", "none")),
        ("X-Hash", hashlib.sha256(body).hexdigest()),
    ]
    start_response("200 OK", headers)
    return [body]


def digest(environ, start_response):
    """Length and hash of the body, read in pieces."""
    found = hashlib.sha256()
    length = 0
    while True:
        block = environ["wsgi.input"].read(65536)
        if not block:
            break
        found.update(block)
        length += len(block)
    return text(start_response, "%d %s" % (length, found.hexdigest()))


def sleep(environ, start_response):
    """Sleep for the seconds of the query."""
    time.sleep(float(environ["QUERY_STRING"]))
    return text(start_response, "slept\n")


def pbkdf2(environ, start_response):
    """Stay inside one call of C for about the seconds of the query."""
    seconds = float(environ["QUERY_STRING"])
    began = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 20_000)
    rounds = int(20_000 * seconds / (time.perf_counter() - began))
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", rounds)
    return text(start_response, "hashed\n")


def stream(environ, start_response):
    """Chunks of a few bytes, `n` of them, `seconds` apart: /stream?3,0.3"""
    count, pause = environ["QUERY_STRING"].split(",")
    start_response("200 OK", [("Content-Type", "text/plain")])
    for number in range(int(count)):
        if number:
            time.sleep(float(pause))
        yield b"chunk %d\n" % number


def large(environ, start_response):
    """A body of so many bytes, in pieces of 64 KiB: /large?1000000"""
    left = int(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    while left > 0:
        size = min(left, 65536)
        left -= size
        yield b"x" * size


def boom(environ, start_response):
    raise ValueError("boom")


def boom_late(environ, start_response):
    """Raise in mid-stream."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun\n"
    raise ValueError("boom in mid-stream")


def die(environ, start_response):
    os._exit(7)


def printing(environ, start_response):
    """Print to stdout and to wsgi.errors."""
    print("printed to stdout")
    environ["wsgi.errors"].write("written to wsgi.errors\n")
    return text(start_response, "done\n")


def pid(environ, start_response):
    return text(start_response, "%d\n" % os.getpid())


VIEWS = {
    "hello": hello,
    "environ": environ_view,
    "echo": echo,
    "digest": digest,
    "sleep": sleep,
    "pbkdf2": pbkdf2,
    "stream": stream,
    "large": large,
    "boom": boom,
    "boom-late": boom_late,
    "die": die,
    "print": printing,
    "pid": pid,
}
