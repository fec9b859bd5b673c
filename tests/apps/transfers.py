"""A large file down, in every way an application sends one, and uploads to their length and hash."""

import hashlib
import os

FILE = os.environ["TRANSFER_FILE"]
# Sizes next to the powers of two that buffers have.
SIZES = (65536, 1, 16384, 100_001, 262_144, 8191)


def application(environ, start_response):
    return VIEWS[environ["PATH_INFO"]](environ, start_response)


def pieces():
    with open(FILE, "rb") as file:
        left = os.path.getsize(FILE)
        turn = 0
        while left:
            data = file.read(SIZES[turn % len(SIZES)])
            left -= len(data)
            turn += 1
            yield data


def head(start_response, *headers):
    return start_response("200 OK", [("Content-Type", "application/octet-stream"), *headers])


def length():
    return ("Content-Length", str(os.path.getsize(FILE)))


def stream(environ, start_response):
    """A generator of a length that nobody knows."""
    head(start_response)
    return pieces()


def sized(environ, start_response):
    """A generator that has said how long it is."""
    head(start_response, length())
    return pieces()


def written(environ, start_response):
    write = head(start_response, length())
    for data in pieces():
        write(data)
    return []


def file(environ, start_response):
    head(start_response, length(), ("Content-Disposition", 'attachment; filename="file.bin"'))
    return environ["wsgi.file_wrapper"](open(FILE, "rb"), 65536)


def digest(environ, start_response):
    found = hashlib.sha256()
    length = 0
    while data := environ["wsgi.input"].read(65536):
        found.update(data)
        length += len(data)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d %s" % (length, found.hexdigest().encode())]


VIEWS = {"/stream": stream, "/sized": sized, "/written": written, "/file": file, "/digest": digest}
