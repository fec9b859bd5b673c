"""Responses of any length, in pieces of any size."""


def application(environ, start_response):
    """/200000000?65536 is so many bytes, in pieces of so many, and what they are tells where they belong."""
    length, size = int(environ["PATH_INFO"][1:]), int(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(length))])
    for start in range(0, length, size):
        yield piece(start, min(start + size, length))


BLOCK = b"".join(b"%09d," % number for number in range(100_000))
TWICE = BLOCK * 2


def piece(start, stop):
    """Bytes of the endless text "000000000,000000001,…", which begins anew after a million of them."""
    first = start % len(BLOCK)
    return TWICE[first : first + stop - start]
