"""Bodies of every kind: what is returned, what is written, and how long it is said to be."""

from .visit import PLAIN


def begin(start_response, *headers):
    return start_response("200 OK", [*PLAIN, *headers])


def iterable(visit, environ, start_response):
    """The same two pieces in the iterables that there are."""
    begin(start_response)
    return KINDS[visit.arguments[0]]()


class Pieces:
    """An iterable and nothing else."""

    def __iter__(self):
        return iter([b"one ", b"two"])


class Items:
    """The protocol of iteration that came before __iter__."""

    def __getitem__(self, index):
        return [b"one ", b"two"][index]


class Sized:
    """Has a length, which is that of one piece."""

    def __len__(self):
        return 1

    def __iter__(self):
        return iter([b"one two"])


KINDS = {
    "list": lambda: [b"one ", b"two"],
    "list-of-one": lambda: [b"one two"],
    "tuple": lambda: (b"one ", b"two"),
    "iterator": lambda: iter([b"one ", b"two"]),
    "generator": lambda: (piece for piece in (b"one ", b"two")),
    "object": Pieces,
    "items": Items,
    "sized": Sized,
    "dictionary": lambda: {b"one ": 1, b"two": 2},
    "empty-pieces": lambda: [b"", b"one ", b"", b"", b"two", b""],
}


class WithClass:
    """A class is an application as well: its instance is the iterable."""

    def __init__(self, visit, environ, start_response):
        self.start = start_response

    def __iter__(self):
        begin(self.start)
        yield b"one two"


class Watched:
    """Notes what a server touches of it."""

    def __init__(self, visit):
        object.__setattr__(self, "visit", visit)

    def __getattribute__(self, name):
        object.__getattribute__(self, "visit").note(name)
        return object.__getattribute__(self, name)

    def __iter__(self):
        return iter([b"one two"])


def watched(visit, environ, start_response):
    begin(start_response)
    return Watched(visit)


def binary(visit, environ, start_response):
    begin(start_response)
    return [bytes(range(256)), b"\n\r\n\r\r\n\x00"]


def many(visit, environ, start_response):
    """A thousand small pieces and a large one."""
    begin(start_response)
    for number in range(1000):
        yield b"%d\n" % number
    yield b"x" * 3000000


def steps(visit, environ, start_response):
    """Each piece is with the client before the next is asked for, or "late" is noted."""
    begin(start_response)
    yield b"first piece\n"
    visit.note("in time" if visit.seen() else "late")
    yield b"second piece\n"


def write_steps(visit, environ, start_response):
    write = begin(start_response)
    write(b"first piece\n")
    visit.note("in time" if visit.seen() else "late")
    write(b"second piece\n")
    return []


def text(visit, environ, start_response):
    begin(start_response)
    return ["text, not bytes"]


def nothing(visit, environ, start_response):
    begin(start_response)


def empty(visit, environ, start_response):
    begin(start_response, ("X-Empty", "yes"))
    return []


def write(visit, environ, start_response):
    """Written first, then what is returned."""
    write = begin(start_response)
    write(b"written ")
    write(b"twice ")
    return [b"returned"]


def write_alone(visit, environ, start_response):
    begin(start_response)(b"written")
    return []


def write_much(visit, environ, start_response):
    write = begin(start_response)
    for number in range(5):
        write(b"%d" % number * 1000000)
    return []


def write_text(visit, environ, start_response):
    write = begin(start_response)
    visit.attempt(write, "text, not bytes")
    return [b"body"]


def write_past(visit, environ, start_response):
    write = begin(start_response, ("Content-Length", "5"))
    write(b"hello")
    visit.attempt(write, b" world")
    return []


def length(visit, environ, start_response):
    """Says that its body has so many bytes, and sends so many, in one piece or in many: /length?id,5,3,one"""
    said, sent, pieces = visit.arguments
    begin(start_response, ("Content-Length", said))
    return [b"x" * int(sent)] if pieces == "one" else [b"x"] * int(sent)


def length_endless(visit, environ, start_response):
    """Five bytes are announced; what is asked for after that is counted."""
    begin(start_response, ("Content-Length", "5"))
    for _ in range(2000):
        visit.note("asked")
        yield b"hello"


def status(visit, environ, start_response):
    """A body under any status: /status?id,204"""
    headers = PLAIN if visit.arguments[0] == "200" else [("X-Status", visit.arguments[0])]
    start_response(visit.arguments[0] + " Mine", headers)
    return [b"a ", b"body"]


def bodiless(visit, environ, start_response):
    """As it should be: no body, and nothing said of one."""
    start_response("204 No Content", [("X-Status", "204")])
    return []


def called(visit, environ, start_response):
    visit.note("called")
    if visit.arguments[0] == "raises":
        raise ValueError("after it was called")
    begin(start_response)
    return [b"body"]


VIEWS = {
    "iterable": iterable,
    "with-class": WithClass,
    "watched": watched,
    "binary": binary,
    "many": many,
    "steps": steps,
    "write-steps": write_steps,
    "text": text,
    "nothing": nothing,
    "empty": empty,
    "write": write,
    "write-alone": write_alone,
    "write-much": write_much,
    "write-text": write_text,
    "write-past": write_past,
    "length": length,
    "length-endless": length_endless,
    "status": status,
    "bodiless": bodiless,
    "called": called,
}
