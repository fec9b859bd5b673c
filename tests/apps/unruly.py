"""Applications that end, fork and write where they should not."""

import os
import signal
import stat
import time


def application(environ, start_response):
    return VIEWS[environ["PATH_INFO"][1:]](environ, start_response)


def pid(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % os.getpid()]


def die_late(environ, start_response):
    """End in mid-stream; with ?length the response has said how long it would be."""
    headers = [("Content-Type", "text/plain")]
    if environ["QUERY_STRING"] == "length":
        headers.append(("Content-Length", "1000"))
    start_response("200 OK", headers)
    yield b"begun\n"
    time.sleep(0.1)
    os._exit(7)


def garbage(environ, start_response):
    """Write what is no frame to every unix socket, as a library that closes the wrong descriptor may come to do."""
    for name in os.listdir("/proc/self/fd"):
        try:
            number = int(name)
            if number > 2 and stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, b"\xff" * 64)
        except OSError:
            pass
    time.sleep(10)
    return pid(environ, start_response)


def fork(environ, start_response):
    """Leave a child behind that holds every descriptor of its parent for as long as the query says."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(float(environ["QUERY_STRING"]))
        os._exit(0)
    return pid(environ, start_response)


VIEWS = {"pid": pid, "die-late": die_late, "garbage": garbage, "fork": fork}
