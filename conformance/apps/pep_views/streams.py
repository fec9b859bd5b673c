"""wsgi.input and wsgi.errors."""

import hashlib
import json

from .visit import PLAIN


def plain(value):
    """Bytes as latin-1 text; anything else is shown to be wrong."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.decode("latin-1") if type(value) is bytes else "%s: %r" % (type(value).__name__, value)


def reads(visit, environ, start_response):
    """One way to read after the other: /reads?id,read:5,readline,readlines:10,iterate"""
    body = environ["wsgi.input"]
    results = []
    for step in visit.arguments:
        name, _, size = step.partition(":")
        if name == "iterate":
            results.append(plain(list(body)))
        else:
            results.append(plain(getattr(body, name)(*([int(size)] if size else []))))
    length = environ.get("CONTENT_LENGTH", "")
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Length", length or "none")])
    return [json.dumps(results).encode()]


def digest(visit, environ, start_response):
    """Reads in blocks until there is nothing more."""
    body, digest, size = environ["wsgi.input"], hashlib.sha256(), 0
    left = int(environ.get("CONTENT_LENGTH") or 1 << 40)
    while left > 0:
        block = body.read(min(left, 65536))
        if not block:
            break
        digest.update(block)
        size += len(block)
        left -= len(block)
    start_response("200 OK", PLAIN)
    return [b"%d %s" % (size, digest.hexdigest().encode())]


def errors(visit, environ, start_response):
    """/errors?id,method: a text with the id in it goes to the log."""
    stream, name = environ["wsgi.errors"], visit.arguments[0]
    text = TEXTS.get(name, "a line") + " " + visit.id + "-" + name + "\n"
    if name == "writelines":
        stream.writelines([text, "and another\n"])
    else:
        stream.write(text)
    stream.flush()
    start_response("200 OK", PLAIN)
    return [b"written"]


TEXTS = {"unicode": "\u20ac \u0416 \U0001f600", "surrogate": "\udcff"}

VIEWS = {"reads": reads, "digest": digest, "errors": errors}
