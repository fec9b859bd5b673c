"""start_response: when it is called, what it is given, and exc_info."""

import sys
import weakref

from .visit import PLAIN


class Trouble(Exception):
    """What these views raise."""


def hello(visit, environ, start_response):
    start_response("200 OK", [*PLAIN, ("Content-Length", "6")])
    return [b"hello\n"]


def write_callable(visit, environ, start_response):
    visit.note(str(callable(start_response("200 OK", PLAIN))))
    return [b"body"]


def lazy(visit, environ, start_response):
    """start_response is called when the first piece is asked for."""
    start_response("200 OK", [*PLAIN, ("X-Lazy", "yes")])
    yield b"lazy"


def delayed(visit, environ, start_response):
    """Works for a while after start_response, before there is a body."""
    start_response("200 OK", PLAIN)
    visit.note("working")
    visit.seen()
    return [b"body"]


def empty_first(visit, environ, start_response):
    start_response("200 OK", PLAIN)
    yield b""
    visit.note("working")
    visit.seen()
    yield b"body"


FIRST = {
    "plain": ("200 First", [*PLAIN, ("X-First", "1"), ("Set-Cookie", "first=1")]),
    "length": ("200 First", [*PLAIN, ("Content-Length", "3")]),
    "bodiless": ("204 First", []),
}


def replaced(visit, environ, start_response):
    """An error page of one's own, in place of a head that has not been sent."""
    start_response(*FIRST[visit.arguments[0]])
    for _ in range(int(visit.arguments[1])):
        try:
            raise Trouble("seen to")
        except Trouble:
            start_response("500 Second", [*PLAIN, ("X-Second", "2")], sys.exc_info())
    return [b"the error page"]


def replaced_lazily(visit, environ, start_response):
    """Has yielded nothing but an empty piece, so that its mind may still be changed."""
    start_response(*FIRST["plain"])
    yield b""
    try:
        raise Trouble("seen to")
    except Trouble:
        start_response("500 Second", [*PLAIN, ("X-Second", "2")], sys.exc_info())
    yield b"the error page"


def exc_info_first(visit, environ, start_response):
    try:
        raise Trouble("before there was a response")
    except Trouble:
        start_response("500 Second", PLAIN, sys.exc_info())
    return [b"the error page"]


def late(visit, environ, start_response):
    """An error when the head is out."""
    start_response("200 OK", PLAIN)
    yield b"begun\n"
    visit.seen()
    restart(visit, start_response)
    yield b"ended as if nothing was\n"


def late_write(visit, environ, start_response):
    start_response("200 OK", PLAIN)(b"begun\n")
    visit.seen()
    restart(visit, start_response)
    return [b"ended as if nothing was\n"]


def restart(visit, start_response):
    try:
        raise Trouble("too late")
    except Trouble:
        try:
            start_response("500 Second", PLAIN, sys.exc_info())
        except BaseException as error:
            visit.note("raised " + type(error).__name__)
            raise
    visit.note("accepted")


def second(visit, environ, start_response):
    start_response("200 First", PLAIN)
    visit.attempt(start_response, "200 Second", PLAIN)
    return [b"body"]


def second_after_error(visit, environ, start_response):
    """The first call fails, or is taken; it was a call."""
    try:
        start_response("200 First", [("X Bad\r\n", "a\r\nb")])
    except Exception:
        visit.note("first raised")
    visit.attempt(start_response, "200 Second", PLAIN)
    return [b"body"]


def reference(visit, environ, start_response):
    """Whether something still holds an exception that start_response was given."""
    try:
        raise Trouble("held by whom?")
    except Trouble as error:
        held = weakref.ref(error)
        start_response("500 Second", PLAIN, sys.exc_info())
    visit.note("free" if held() is None else "held")
    return [b"body"]


def silent(visit, environ, start_response):
    return [b"without start_response"]


HEADS = {
    "cookies": ("200 OK", [*PLAIN, ("Set-Cookie", "a=1"), ("X-Between", "x"), ("set-cookie", "b=2")]),
    "latin": ("200 OK", [*PLAIN, ("X-Name", "J\u00fcrgen")]),
    "reason": ("200 Froody", PLAIN),
    "unusual": ("299 Unusual", PLAIN),
    "date": ("200 OK", [*PLAIN, ("dATE", "Tue, 15 Nov 1994 08:12:31 GMT")]),
    "server": ("200 OK", [*PLAIN, ("sERVER", "mine/1.0")]),
    "length": ("200 OK", [*PLAIN, ("content-LENGTH", "4")]),
    "type": ("200 OK", [("content-TYPE", "text/x-mine")]),
    "coded": ("200 OK", [*PLAIN, ("Content-Encoding", "x-mine"), ("ETag", '"a"'), ("Cache-Control", "no-store")]),
}


def heads(visit, environ, start_response):
    start_response(*HEADS[visit.arguments[0]])
    return [b"body"]


def _value(value):
    return ("200 OK", [*PLAIN, ("X-Bad", value)])


REFUSED = {
    "crlf": _value("a\r\nX-Evil: 1"),
    "cr": _value("a\rb"),
    "lf": _value("a\nX-Evil: 1"),
    "nul": _value("a\0b"),
    "bell": _value("a\x07b"),
    "del": _value("a\x7fb"),
    "trailing": _value("a\r\n"),
    "name-crlf": ("200 OK", [*PLAIN, ("X-Bad\r\nX-Evil", "1")]),
    "name-space": ("200 OK", [*PLAIN, ("X Bad", "1")]),
    "name-colon": ("200 OK", [*PLAIN, ("X-Bad:", "1")]),
    "name-empty": ("200 OK", [*PLAIN, ("", "1")]),
    "status-crlf": ("200 OK\r\nX-Evil: 1", PLAIN),
    "status-lf": ("200 OK\n", PLAIN),
    "status-nul": ("200 O\0K", PLAIN),
    "status-word": ("OK", PLAIN),
    "status-short": ("20 OK", PLAIN),
    "status-number": (200, PLAIN),
    "status-bytes": (b"200 OK", PLAIN),
    "status-wide": ("200 \u20ac", PLAIN),
    "wide": _value("\u20ac"),
    "name-wide": ("200 OK", [*PLAIN, ("X-\u20ac", "1")]),
    "number": _value(5),
    "none": _value(None),
    "bytes": _value(b"a"),
    "name-bytes": ("200 OK", [*PLAIN, (b"X-Bad", "a")]),
}
HOPS = ("Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailers")
for hop in (*HOPS, "Transfer-Encoding", "Upgrade"):
    REFUSED[hop.lower()] = ("200 OK", [*PLAIN, (hop, "chunked" if hop == "Transfer-Encoding" else "close")])


def refused(visit, environ, start_response):
    """A head that HTTP cannot carry. Where it is refused, the view answers otherwise."""
    try:
        start_response(*REFUSED[visit.arguments[0]])
    except Exception as error:
        visit.note("raised %s: %s" % (type(error).__name__, error))
        start_response("500 Refused", PLAIN, sys.exc_info())
        return [b"refused"]
    visit.note("accepted")
    return [b"accepted"]


VIEWS = {
    "": hello,
    "hello": hello,
    "write-callable": write_callable,
    "lazy": lazy,
    "delayed": delayed,
    "empty-first": empty_first,
    "replaced": replaced,
    "replaced-lazily": replaced_lazily,
    "exc-info-first": exc_info_first,
    "late": late,
    "late-write": late_write,
    "second": second,
    "second-after-error": second_after_error,
    "reference": reference,
    "silent": silent,
    "heads": heads,
    "refused": refused,
}
