"""Fast views and views of some seconds; each answer says when its view began and ended, by the machine's clock."""

import hashlib
import time


def application(environ, start_response):
    """/fast, /sleep?2, /hash?2"""
    began = time.monotonic()
    seconds = float(environ["QUERY_STRING"] or 0)
    view = environ["PATH_INFO"][1:]
    if view == "sleep":
        time.sleep(seconds)
    elif view == "hash":
        hash_for(seconds)
    ended = time.monotonic()
    headers = [
        ("X-Began", "%.3f" % (began * 1000)),
        ("X-Ended", "%.3f" % (ended * 1000)),
    ]
    start_response("200 OK", headers)
    return [b"done\n"]


def hash_for(seconds):
    """Stay inside one call of C; how long that is depends on how busy the machine is."""
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", int(ROUNDS * seconds))


def rounds_in_a_second():
    began = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 50_000)
    return 50_000 / (time.perf_counter() - began)


ROUNDS = rounds_in_a_second()
