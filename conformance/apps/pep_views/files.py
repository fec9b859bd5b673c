"""wsgi.file_wrapper, or what an application does where there is none (PEP 3333)."""

import io
import os
import tempfile

from .visit import PLAIN

CONTENT = b"".join(b"%06d\n" % number for number in range(30000))  # 210,000 bytes


class Noting:
    """A file-like object that notes its close()."""

    def __init__(self, visit, file):
        self.visit = visit
        self.file = file

    def read(self, *size):
        return self.file.read(*size)

    def close(self):
        self.visit.note("closed")
        self.file.close()


class Real(Noting):
    """As a built-in file: also its descriptor."""

    def fileno(self):
        return self.file.fileno()

    def tell(self):
        return self.file.tell()


class OnlyRead:
    """The least that is a file-like object."""

    def __init__(self, data):
        self.read = io.BytesIO(data).read


def temporary(**options):
    """A regular file that has no name any more."""
    file = tempfile.TemporaryFile(**options)
    file.write(CONTENT)
    file.seek(0)
    return file


def advanced(file, size):
    """Read from through Python's buffer: the descriptor's own position is further on."""
    file.read(size)
    return file


def ended():
    file = temporary()
    file.read()
    return file


def pipe():
    reading, writing = os.pipe()
    os.write(writing, b"through a pipe\n")
    os.close(writing)
    return os.fdopen(reading, "rb")


FILES = {
    "file": lambda visit: temporary(),
    "offset": lambda visit: advanced(temporary(), 7000),
    "unbuffered": lambda visit: advanced(temporary(buffering=0), 7000),
    "ended": lambda visit: ended(),
    "bytesio": lambda visit: io.BytesIO(CONTENT),
    "bytesio-offset": lambda visit: advanced(io.BytesIO(CONTENT), 7000),
    "only-read": lambda visit: OnlyRead(CONTENT),
    "pipe": lambda visit: pipe(),
    "noting": lambda visit: Noting(visit, io.BytesIO(CONTENT)),
    "real": lambda visit: Real(visit, temporary()),
}


def wrap(environ, file, *size):
    """As the PEP shows it."""
    if "wsgi.file_wrapper" in environ:
        return environ["wsgi.file_wrapper"](file, *size)
    return iter(lambda: file.read(*(size or (8192,))), b"")


def file(visit, environ, start_response):
    """/file?id,kind,block size,Content-Length: the last two may be left out."""
    kind, size, length = (visit.arguments + ["", ""])[:3]
    opened = FILES[kind](visit)
    start_response("200 OK", [*PLAIN, *([("Content-Length", length)] if length else [])])
    return wrap(environ, opened, *([int(size)] if size else []))


def later(visit, environ, start_response):
    """The file is read from after it was wrapped: what counts is where it is when it is sent."""
    opened = temporary()
    result = wrap(environ, opened, 8192)
    opened.read(7000)
    start_response("200 OK", PLAIN)
    return result


def inside(visit, environ, start_response):
    """Middleware that changes what the file gives."""
    start_response("200 OK", PLAIN)
    result = wrap(environ, Real(visit, temporary()), 8192)
    try:
        for piece in result:
            yield piece.replace(b"0", b"o")
    finally:
        if hasattr(result, "close"):
            result.close()


def unused(visit, environ, start_response):
    """A file is wrapped, and then something else is returned."""
    start_response("200 OK", PLAIN)
    wrap(environ, temporary(), 8192)
    return [b"something else"]


def written(visit, environ, start_response):
    """Something is written in front of the file."""
    start_response("200 OK", PLAIN)(b"in front ")
    return wrap(environ, temporary(), 8192)


def present(visit, environ, start_response):
    start_response("200 OK", PLAIN)
    return [b"yes" if "wsgi.file_wrapper" in environ else b"no"]


def methods(visit, environ, start_response):
    """What the wrapper has of what it must have."""
    start_response("200 OK", PLAIN)
    if "wsgi.file_wrapper" in environ:
        opened = Noting(visit, io.BytesIO(CONTENT))
        wrapped = environ["wsgi.file_wrapper"](opened, 8192)
        iter(wrapped)
        wrapped.close()
    else:
        visit.note("closed")
    return [b"body"]


VIEWS = {
    "file": file,
    "file-later": later,
    "file-inside": inside,
    "file-unused": unused,
    "file-written": written,
    "file-present": present,
    "file-methods": methods,
}
