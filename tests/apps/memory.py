"""Views that take memory: for good, or while they run."""

import os
import time

kept = []


def megabytes(number):
    # Not zeros, of which the system would keep one page.
    return bytearray(os.urandom(4096)) * (256 * number)


def application(environ, start_response):
    """/ is the pid, /keep?8 keeps so many megabytes, /use?200,1.5 uses them for so many seconds."""
    view = environ["PATH_INFO"]
    query = environ["QUERY_STRING"]
    if view == "/keep":
        kept.append(megabytes(int(query)))
    elif view == "/use":
        number, seconds = query.split(",")
        used = megabytes(int(number))
        time.sleep(float(seconds))
        del used
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % os.getpid()]
