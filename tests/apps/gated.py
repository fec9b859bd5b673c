"""basic.py, and views that wait at a gate until the test opens it: see testing/gate.ts."""

import os
import tempfile
import time

import basic

LONGEST = 60


def reach(folder):
    os.close(tempfile.mkstemp(prefix="reached-", dir=folder)[0])


def wait(folder):
    """A test that has ended, or that never opens its gate, holds nobody for longer than so many seconds."""
    end = time.monotonic() + LONGEST
    while os.path.exists(folder) and not os.path.exists(os.path.join(folder, "open")):
        if time.monotonic() > end:
            raise TimeoutError("nobody has opened the gate")
        time.sleep(0.005)


def gate(environ, start_response):
    reach(environ["QUERY_STRING"])
    wait(environ["QUERY_STRING"])
    return basic.text(start_response, "let through\n")


def halfway(environ, start_response):
    """One chunk in front of the gate, and one behind it."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"in front\n"
    reach(environ["QUERY_STRING"])
    wait(environ["QUERY_STRING"])
    yield b"behind\n"


def in_c(environ, start_response):
    """No gate: stay inside one call of C."""
    reach(environ["QUERY_STRING"])
    return basic.pbkdf2({**environ, "QUERY_STRING": str(LONGEST)}, start_response)


VIEWS = {"/gate": gate, "/halfway": halfway, "/in-c": in_c}


def application(environ, start_response):
    return VIEWS.get(environ["PATH_INFO"], basic.application)(environ, start_response)
