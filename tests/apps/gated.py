"""basic.py, and views that wait at a barrier until the test opens it: see testing/barrier.ts."""

import os
import time

import basic

LONGEST_SECONDS = 60


def reach(barrier):
    with open(barrier + ".reached", "a") as file:
        file.write("%d\n" % os.getpid())


def wait(barrier):
    """A test that has ended, or that never opens its barrier, holds nobody for longer than LONGEST_SECONDS."""
    end = time.monotonic() + LONGEST_SECONDS
    while os.path.exists(os.path.dirname(barrier)) and not os.path.exists(barrier):
        if time.monotonic() > end:
            raise TimeoutError("nobody has opened the barrier")
        time.sleep(0.005)


def gate(environ, start_response):
    reach(environ["QUERY_STRING"])
    wait(environ["QUERY_STRING"])
    return basic.text(start_response, "let through\n")


def halfway(environ, start_response):
    """One chunk in front of the barrier, and one behind it."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"in front\n"
    reach(environ["QUERY_STRING"])
    wait(environ["QUERY_STRING"])
    yield b"behind\n"


def in_c(environ, start_response):
    """No barrier: stay inside one call of C."""
    reach(environ["QUERY_STRING"])
    return basic.pbkdf2({**environ, "QUERY_STRING": str(LONGEST_SECONDS)}, start_response)


VIEWS = {"/gate": gate, "/halfway": halfway, "/in-c": in_c}


def application(environ, start_response):
    return VIEWS.get(environ["PATH_INFO"], basic.application)(environ, start_response)
