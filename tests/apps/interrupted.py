"""Views that are interrupted, and write down what became of them: a line in the file EVENTS for each thing."""

import hashlib
import os
import re
import socket
import threading
import time
from urllib.parse import parse_qs

from quintet.timeout import RequestTimeout

EVENTS = os.environ["EVENTS"]


def note(what, key):
    with open(EVENTS, "a") as events:
        events.write("%s %s %d\n" % (what, key, os.getpid()))


def asleep():
    time.sleep(20)


def locked():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def joined():
    threading.Event().wait()


def busy():
    while True:
        pass


def hashing():
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 10**9)


def matching():
    re.match(r"(a+)+$", "a" * 40 + "b")


def summing():
    sum(range(10**10))


def silent():
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(server.getsockname()).recv(1)


def napping():
    while True:
        time.sleep(0.01)


WAYS = {each.__name__: each for each in (asleep, locked, joined, busy, hashing, matching, summing, silent, napping)}


def application(environ, start_response):
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    return VIEWS[environ["PATH_INFO"].split("/")[1]](query, start_response)


def answer(start_response, text):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]


def pid(query, start_response):
    return answer(start_response, str(os.getpid()))


def for_seconds(query, start_response):
    until = time.monotonic() + float(query["s"])
    while time.monotonic() < until:
        time.sleep(0.01)
    return answer(start_response, str(os.getpid()))


def view(query, start_response):
    key = query["key"]
    note("begun", key)
    try:
        WAYS[query["way"]]()
    except Exception:
        note("exception", key)
    except RequestTimeout as error:
        note("timeout", key)
        print("late words of", key)
        assert isinstance(error, KeyboardInterrupt)
        raise
    finally:
        note("finally", key)
    return answer(start_response, "not interrupted")


def stubborn(query, start_response):
    note("begun", query["key"])
    while True:
        try:
            WAYS[query["way"]]()
        except BaseException:
            note("caught", query["key"])


def forgiving(query, start_response):
    """It catches the exception, and answers all the same: too late."""
    try:
        WAYS[query["way"]]()
    except BaseException:
        note("caught", query["key"])
    return answer(start_response, "too late")


class Stream:
    def __init__(self, query, start_response):
        self.query, self.started = query, start_response

    def __iter__(self):
        answer(self.started, "")
        yield b"first\n"
        try:
            WAYS[self.query["way"]]()
        finally:
            note("finally", self.query["key"])
        yield b"last\n"

    def close(self):
        note("close", self.query["key"])


class Closing:
    def __init__(self, query):
        self.query = query

    def __iter__(self):
        yield b"%d" % os.getpid()

    def close(self):
        note("close", self.query["key"])
        try:
            WAYS[self.query["way"]]()
        except RequestTimeout:
            note("timeout", self.query["key"])
            raise


def closing(query, start_response):
    answer(start_response, "")
    return Closing(query)


class Working(Closing):
    def close(self):
        until = time.thread_time() + float(self.query["s"])
        while time.thread_time() < until:
            pass
        note("worked", self.query["key"])


def working(query, start_response):
    answer(start_response, "")
    return Working(query)


def near(query, start_response):
    """Takes about as long as it may. Whoever is interrupted says so by its own key."""
    key = query["key"]
    pieces = []
    until = time.perf_counter() + float(query["s"])
    try:
        while time.perf_counter() < until:
            pieces.append(sum(range(500)))
    except RequestTimeout:
        note("timeout", key)
        raise
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Near(key)


class Near:
    """A short stream, so that there is as much as can be that could be torn."""

    def __init__(self, key):
        self.key = key

    def __iter__(self):
        for number in range(5):
            yield b"%s:%d\n" % (self.key.encode(), number)

    def close(self):
        note("closed", self.key)


VIEWS = {
    "pid": pid,
    "for": for_seconds,
    "view": view,
    "stubborn": stubborn,
    "forgiving": forgiving,
    "stream": Stream,
    "closing": closing,
    "working": working,
    "near": near,
    "reports": for_seconds,
}
