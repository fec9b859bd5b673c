"""Each request leaves a row when it begins and one when it ends, in the file ROWS: who ran, where, how often."""

import os
import signal
import time

# A short line in one write to a file opened for appending is never torn nor mixed with another's.
_rows = os.open(os.environ["ROWS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def row(kind, number):
    os.write(_rows, b"%s %8s %8d\n" % (kind, number.encode(), os.getpid()))


def application(environ, start_response):
    """/17?8 is request 17, and takes 8 milliseconds; after the answer to /17?8,die the process is killed.

    And after the answer to /17?8,close it takes 8 milliseconds more.
    """
    number = environ["PATH_INFO"][1:]
    row(b"begin", number)
    milliseconds, _, then = environ["QUERY_STRING"].partition(",")
    milliseconds = float(milliseconds or 0)
    if milliseconds:
        time.sleep(milliseconds / 1000)
    row(b"end  ", number)
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Pid", str(os.getpid()))])
    if then == "die":
        return Closing(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
    if then == "close":
        return Closing(number, lambda: time.sleep(milliseconds / 1000))
    return [number.encode()]


class Closing:
    """A body after which something else is done."""

    def __init__(self, number, after):
        self.number = number
        self.close = after

    def __iter__(self):
        yield self.number.encode()
