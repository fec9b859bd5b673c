"""Views that do to their process what views should not."""

import os
import signal
import subprocess
import sys
import threading
import time

from .visit import PLAIN


class Base(BaseException):
    """Not an Exception."""


RAISED = {
    "exception": ValueError,
    "system-exit": SystemExit,
    "keyboard-interrupt": KeyboardInterrupt,
    "base": Base,
    "stop-iteration": StopIteration,
}


def raises(visit, environ, start_response):
    """/raises?id,kind,when"""
    kind, when = visit.arguments
    error = RAISED[kind]("raised in %s" % visit.id)
    if when == "called":
        raise error
    start_response("200 OK", PLAIN)
    return raising(error, when)


def raising(error, when):
    if when == "later":
        yield b"begun\n"
    if isinstance(error, StopIteration):
        return  # in a generator it would be another error
    raise error


def leaves(visit, environ, start_response):
    """The process ends at once."""
    os._exit(7)


def deep(visit, environ, start_response):
    def down(depth):
        return down(depth + 1) + 1

    down(0)


def fork(visit, environ, start_response):
    """A child that has everything its parent has, for three seconds."""
    if os.fork() == 0:
        time.sleep(3)
        os._exit(0)
    start_response("200 OK", PLAIN)
    return [b"the ", b"parent"]


def runs(visit, environ, start_response):
    """Other programs: their output, and how they ended."""
    printed = subprocess.run(["echo", "from a program"], stdout=subprocess.PIPE, check=False).stdout
    ended = subprocess.run(["sh", "-c", "exit 7"], check=False).returncode
    start_response("200 OK", PLAIN)
    return [b"%s %d" % (printed.strip(), ended)]


def alarm(visit, environ, start_response):
    """A signal, handled by the view. Python allows that in the main thread alone."""
    rung = []
    if threading.current_thread() is threading.main_thread():

        def ring(number, frame):
            rung.append(number)

        before = signal.signal(signal.SIGALRM, ring)
        if signal.getsignal(signal.SIGALRM) is ring:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            time.sleep(0.4)
        else:
            rung.append(0)
        signal.signal(signal.SIGALRM, before)
    else:
        rung.append(0)
    start_response("200 OK", PLAIN)
    return [b"rung" if rung else b"silent"]


def prints(visit, environ, start_response):
    """/prints?id,stdout: a megabyte where servers may have something of their own."""
    stream = sys.stdout if visit.arguments[0] == "stdout" else sys.stderr
    for _ in range(10000):
        print("x" * 100, file=stream)
    stream.flush()
    if visit.arguments[0] == "stdout":
        os.write(1, b"HTTP/1.1 200 Not this one\r\n\r\n")
    start_response("200 OK", PLAIN)
    return [b"printed"]


def thread(visit, environ, start_response):
    """A thread that goes on after the response, and fails."""

    def work():
        time.sleep(0.1)
        raise ValueError("in a thread of %s" % visit.id)

    threading.Thread(target=work).start()
    start_response("200 OK", PLAIN)
    return [b"begun"]


VIEWS = {
    "raises": raises,
    "leaves": leaves,
    "deep": deep,
    "fork": fork,
    "runs": runs,
    "alarm": alarm,
    "prints": prints,
    "thread": thread,
}
