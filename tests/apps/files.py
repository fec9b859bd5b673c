"""Files by way of wsgi.file_wrapper: /name?path. What close() was called on is noted in path.closed."""

import gzip
import io
import os
import tempfile


class Noting:
    """close() of a file, noted."""

    def __init__(self, wrapper, path):
        self.wrapper = wrapper
        self.path = path

    def __call__(self):
        with open(self.path + ".closed", "a") as file:
            file.write("closed\n")


def application(environ, start_response):
    path = environ["QUERY_STRING"]
    return globals()["view_" + environ["PATH_INFO"][1:]](environ, start_response, path)


def wrapped(environ, start_response, file, *headers):
    start_response("200 OK", [("Content-Type", "application/octet-stream"), *headers])
    return environ["wsgi.file_wrapper"](file, 8192)


def view_plain(environ, start_response, path):
    """The file, with no length of its own."""
    return wrapped(environ, start_response, open(path, "rb"))


def view_noted(environ, start_response, path):
    """It is noted when close() is called."""
    result = wrapped(environ, start_response, open(path, "rb"))
    result.close = Noting(result, path)
    return result


def view_raw(environ, start_response, path):
    return wrapped(environ, start_response, open(path, "rb", buffering=0))


def view_offset(environ, start_response, path):
    """From where it was read to."""
    file = open(path, "rb")
    assert len(file.read(1000)) == 1000
    return wrapped(environ, start_response, file)


def view_part(environ, start_response, path):
    """Its Content-Length is less than the rest of the file."""
    file = open(path, "rb")
    file.seek(5000)
    return wrapped(environ, start_response, file, ("Content-Length", "200000"))


def view_long(environ, start_response, path):
    """Its Content-Length is more than the file has."""
    return wrapped(environ, start_response, open(path, "rb"), ("Content-Length", str(os.path.getsize(path) + 1)))


def view_gzip(environ, start_response, path):
    """Its fileno() is that of a file with other bytes."""
    packed = path + ".gz"
    with open(path, "rb") as plain, gzip.open(packed, "wb", compresslevel=1) as file:
        file.write(plain.read())
    return wrapped(environ, start_response, gzip.open(packed))


def view_bytes(environ, start_response, path):
    with open(path, "rb") as file:
        return wrapped(environ, start_response, io.BytesIO(file.read()))


def view_temporary(environ, start_response, path):
    """A file without a name, written and not flushed."""
    file = tempfile.TemporaryFile()
    with open(path, "rb") as plain:
        file.write(plain.read())
    file.seek(0)
    file.read(1)
    file.seek(0)
    return wrapped(environ, start_response, file)


def view_named(environ, start_response, path):
    """tempfile's own class around a file, whose end removes it."""
    file = tempfile.NamedTemporaryFile()
    with open(path, "rb") as plain:
        file.write(plain.read())
    file.seek(0)
    return wrapped(environ, start_response, file)


def view_unlinked(environ, start_response, path):
    file = open(path, "rb")
    os.unlink(path)
    return wrapped(environ, start_response, file)


def view_device(environ, start_response, path):
    """No regular file: it streams."""
    return wrapped(environ, start_response, open("/dev/zero", "rb"), ("Content-Length", "300000"))


def view_around(environ, start_response, path):
    """Middleware that looks at each block."""
    result = wrapped(environ, start_response, open(path, "rb"))
    return (block.upper() for block in result)


def view_page(environ, start_response, path):
    """So many bytes, made here."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", path)])
    return [b"x" * int(path)]


def view_pid(environ, start_response, path):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % os.getpid()]
