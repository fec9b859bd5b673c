"""Says which edition it is: that of a module beside it, and that of its environment."""

import os
import time

import edition_now

NUMBER = edition_now.NUMBER


def application(environ, start_response):
    """/ at once, /sleep?0.5 after some seconds, /stream?10,0.1 in so many pieces.

    /wait?/a/barrier when that is open, /held?/a/barrier a piece at once and another one then: see testing/barrier.ts.
    """
    query = environ["QUERY_STRING"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/stream":
        return stream(query)
    if environ["PATH_INFO"] == "/held":
        return held(query)
    if environ["PATH_INFO"] == "/wait":
        wait_at(query)
    if environ["PATH_INFO"] == "/sleep":
        time.sleep(float(query))
    return [("%s %s" % (NUMBER, os.environ.get("EDITION", "none"))).encode()]


def stream(query):
    count, pause = query.split(",")
    for _ in range(int(count)):
        yield b"%s " % str(NUMBER).encode()
        time.sleep(float(pause))


def held(barrier):
    yield b"%s " % str(NUMBER).encode()
    wait_at(barrier)
    yield b"%s " % str(NUMBER).encode()


def wait_at(barrier):
    with open(barrier + ".reached", "a") as file:
        file.write("%d\n" % os.getpid())
    while not os.path.exists(barrier):
        time.sleep(0.01)
