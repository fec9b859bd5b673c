"""Iterables with a close(), on every path that a response can take."""

import time

from .visit import PLAIN


class Closing:
    """Notes when it is asked and when it is closed."""

    def __init__(self, visit, pieces):
        self.visit = visit
        self.pieces = iter(pieces)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.pieces)

    def close(self):
        self.visit.note("closed")


class ClosingList(list):
    """A list, which a server may treat in a way of its own."""

    visit = None

    def close(self):
        self.visit.note("closed")


class Late(Closing):
    """Its close() waits until the client has seen the whole body."""

    def close(self):
        self.visit.note("in time" if self.visit.seen() else "late")


class Wrong(Closing):
    """Its close() raises."""

    def close(self):
        super().close()
        raise ValueError("raised by close()")


def fails(first):
    if first:
        yield first
    raise ValueError("raised by the iterable")


def endless(visit):
    while True:
        visit.note("asked")
        yield b"tick\n"
        time.sleep(0.02)


def noted(visit):
    for piece in (b"one ", b"two"):
        visit.note("asked")
        yield piece
    visit.note("ended")


def closing(visit, environ, start_response):
    """/closing?id,kind"""
    kind = visit.arguments[0]
    if kind != "silent":
        status, headers = HEADS.get(kind, ("200 OK", PLAIN))
        start_response(status, headers)
    if kind in ("list", "list-of-one"):
        result = ClosingList([b"one ", b"two"] if kind == "list" else [b"one two"])
        result.visit = visit
        return result
    return TYPES.get(kind, Closing)(visit, PIECES.get(kind, lambda visit: [b"one ", b"two"])(visit))


HEADS = {
    "204": ("204 No Content", []),
    "304": ("304 Not Modified", []),
    "long": ("200 OK", [*PLAIN, ("Content-Length", "5")]),
    "short": ("200 OK", [*PLAIN, ("Content-Length", "50")]),
}
TYPES = {"late": Late, "wrong": Wrong}
PIECES = {
    "empty": lambda visit: [],
    "raises-first": lambda visit: fails(b""),
    "raises-later": lambda visit: fails(b"begun\n"),
    "text": lambda visit: ["text, not bytes"],
    "endless": endless,
    "order": noted,
}


def generator(visit, environ, start_response):
    """A generator has a close() as well, which runs what is in its finally."""
    start_response("200 OK", PLAIN)
    try:
        yield from endless(visit)
    finally:
        visit.note("closed")


VIEWS = {"closing": closing, "closing-generator": generator}
