"""Views that hang: before their response, in it and after it, asleep and inside a call of C."""

import ctypes
import hashlib
import os
import time


def application(environ, start_response):
    view = VIEWS[environ["PATH_INFO"][1:]]
    return view(start_response, float(environ["QUERY_STRING"] or 0))


def begin(start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Pid", str(os.getpid()))])


def pid(start_response, seconds):
    begin(start_response)
    return [b"%d" % os.getpid()]


def asleep_in_the_view(start_response, seconds):
    time.sleep(seconds)
    return pid(start_response, seconds)


def hash_for(seconds):
    began = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 20_000)
    rounds = int(20_000 * seconds / (time.perf_counter() - began))
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", rounds)


def hashing_in_the_view(start_response, seconds):
    hash_for(seconds)
    return pid(start_response, seconds)


def asleep_in_c(start_response, seconds):
    ctypes.PyDLL(None).sleep(int(seconds))  # any signal ends it
    return pid(start_response, seconds)


def holding_the_lock(start_response, seconds):
    """A call of C that lets no other thread of Python run, nor a signal's handler: some minutes, whatever is asked."""
    sum(range(10**10))
    return pid(start_response, seconds)


def stalling_stream(start_response, seconds):
    begin(start_response)
    yield b"first\n"
    time.sleep(seconds)
    yield b"last\n"


class Closing:
    """An iterable whose close() takes its time, after the client has its answer."""

    def __init__(self, after):
        self.after = after

    def __iter__(self):
        yield b"%d" % os.getpid()

    def close(self):
        self.after()


def sleeping_close(start_response, seconds):
    begin(start_response)
    return Closing(lambda: time.sleep(seconds))


def hashing_close(start_response, seconds):
    begin(start_response)
    return Closing(lambda: hash_for(seconds))


def large(start_response, size):
    begin(start_response)
    for _ in range(int(size) // 1000):
        yield b"x" * 1000


VIEWS = {
    "pid": pid,
    "sleep": asleep_in_the_view,
    "hash": hashing_in_the_view,
    "c-sleep": asleep_in_c,
    "lock": holding_the_lock,
    "stream": stalling_stream,
    "close": sleeping_close,
    "hash-close": hashing_close,
    "large": large,
}
