"""Views that wait at a barrier, a file that the test makes: see testing/barrier.ts."""

import ctypes
import os
import time


def application(environ, start_response):
    """/pid at once, /lock never, every other path when the barrier of its query is open."""
    path = environ["PATH_INFO"]
    if path == "/lock":
        hold_the_lock()
    elif path != "/pid":
        wait_at(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Pid", str(os.getpid()))])
    return [b"%d" % os.getpid()]


def wait_at(barrier):
    with open(barrier + ".reached", "a") as file:
        file.write("%d\n" % os.getpid())
    while not os.path.exists(barrier):
        time.sleep(0.01)


def hold_the_lock():
    """Wait in C, where neither another thread of Python nor a signal's handler runs: twice for the same mutex."""
    mutex, library = ctypes.create_string_buffer(256), ctypes.PyDLL(None)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)
