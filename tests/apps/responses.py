"""Responses of every shape, right ones and wrong ones: /name?argument."""

import os
import time
import traceback
from urllib.parse import unquote

PLAIN = [("Content-Type", "text/plain")]


def application(environ, start_response):
    return globals()["view_" + environ["PATH_INFO"][1:]](environ, start_response)


def view_list(environ, start_response):
    """The parts of the query as a list: /list?a,b,c"""
    start_response("200 OK", PLAIN)
    query = environ["QUERY_STRING"]
    return [part.encode() for part in query.split(",")] if query else []


def view_tuple(environ, start_response):
    start_response("200 OK", PLAIN)
    return (b"in a tuple",)


def view_iterator(environ, start_response):
    start_response("200 OK", PLAIN)
    return iter([b"one ", b"", b"two"])


def view_lazy(environ, start_response):
    """start_response only when the first piece is asked for, which PEP 3333 allows."""
    start_response("200 OK", PLAIN)
    yield b"lazy"


def view_writer(environ, start_response):
    write = start_response("200 OK", PLAIN)
    write(b"written, ")
    time.sleep(0.3)
    write(b"twice, ")
    return [b"returned"]


def view_flush(environ, start_response):
    """Pieces of so many bytes, apart by so many seconds: /flush?3,0.3,10"""
    count, pause, size = environ["QUERY_STRING"].split(",")
    start_response("200 OK", PLAIN)
    for number in range(int(count)):
        if number:
            time.sleep(float(pause))
        yield (b"%d" % number) * int(size)


def view_status(environ, start_response):
    """/status?204%20No%20Content"""
    start_response(unquote(environ["QUERY_STRING"]), [("X-Kept", "yes")])
    return []


def view_status_body(environ, start_response):
    """A body where there can be none."""
    start_response(unquote(environ["QUERY_STRING"]), [("Content-Length", "5")])
    return [b"wrong"]


def view_length(environ, start_response):
    """Says that its body has so many bytes, and sends so many: /length?5,3"""
    said, sent = environ["QUERY_STRING"].split(",")
    start_response("200 OK", [*PLAIN, ("Content-Length", said)])
    return [b"x" * int(sent)]


def view_length_pieces(environ, start_response):
    said, sent = environ["QUERY_STRING"].split(",")
    start_response("200 OK", [*PLAIN, ("Content-Length", said)])
    for _ in range(int(sent)):
        yield b"x"


def view_cookies(environ, start_response):
    start_response("200 OK", [*PLAIN, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Server", "mine")])
    return [b"cookies"]


def view_latin(environ, start_response):
    start_response("200 Sch\u00f6n", [*PLAIN, ("X-Name", "J\u00fcrgen")])
    return [b"latin"]


def view_raise(environ, start_response):
    raise ValueError("raised before the head")


def view_raise_first(environ, start_response):
    """Raises after start_response, before anything is sent."""
    start_response("200 OK", PLAIN)
    raise ValueError("raised after start_response")


def view_raise_late(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"begun"
    raise ValueError("raised in mid-stream")


def view_exit(environ, start_response):
    raise SystemExit(1)


def view_own_error(environ, start_response):
    """An error page of one's own, by way of exc_info."""
    import sys

    try:
        start_response("200 OK", PLAIN)
        raise ValueError("seen to")
    except ValueError:
        start_response("500 Mine", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"my own error page"]


class Closing:
    """An endless stream that writes into the file of the query that it was closed."""

    def __init__(self, path):
        self.path = path

    def __iter__(self):
        return self

    def __next__(self):
        time.sleep(0.02)
        return b"tick\n"

    def close(self):
        with open(self.path, "a") as file:
            file.write("closed\n")


def view_closing(environ, start_response):
    start_response("200 OK", PLAIN)
    return Closing(environ["QUERY_STRING"])


WRONG = {
    "control": ("200 OK", [("X-Bad", "a\r\nSet-Cookie: evil=1")]),
    "newline": ("200 OK", [("X-Bad", "a\nb")]),
    "nul": ("200 OK", [("X-Bad", "a\0b")]),
    "name": ("200 OK", [("X Bad", "a")]),
    "name-newline": ("200 OK", [("X-Bad\r\nX-Evil", "a")]),
    "hop": ("200 OK", [("Connection", "close")]),
    "encoding": ("200 OK", [("Transfer-Encoding", "chunked")]),
    "number": ("200 OK", [("X-Bad", 5)]),
    "bytes": ("200 OK", [("X-Bad", b"a")]),
    "name-bytes": ("200 OK", [(b"X-Bad", "a")]),
    "unicode": ("200 OK", [("X-Bad", "\u20ac")]),
    "length": ("200 OK", [("Content-Length", "many")]),
    "status": ("OK", PLAIN),
    "status-number": (200, PLAIN),
    "status-newline": ("200 OK\r\nX-Evil: 1", PLAIN),
}


def view_wrong(environ, start_response):
    start_response(*WRONG[environ["QUERY_STRING"]])
    return [b"never"]


def view_text(environ, start_response):
    start_response("200 OK", PLAIN)
    return ["text"]


def view_silent(environ, start_response):
    return [b"without start_response"]


def view_nothing(environ, start_response):
    start_response("200 OK", PLAIN)


def view_printed(environ, start_response):
    """A traceback that the application prints itself."""
    start_response("200 OK", PLAIN)
    try:
        raise KeyError("printed")
    except KeyError:
        traceback.print_exc()
    return [b"printed"]


def view_pid(environ, start_response):
    start_response("200 OK", PLAIN)
    return [b"%d" % os.getpid()]
