"""Replaces sys.stdout and sys.stderr when it is imported, as STREAMS says, and notes in NOTES that it has ended."""

import atexit
import os
import sys


class WriteOnly:
    def write(self, text):
        os.write(1, text.encode())


class Unruly(WriteOnly):
    def __getattr__(self, name):
        raise RuntimeError("there is no %s" % name)


how = os.environ["STREAMS"]
if how == "write only":
    sys.stdout, sys.stderr = WriteOnly(), WriteOnly()
elif how == "none":
    sys.stdout = sys.stderr = None
elif how == "closed":
    sys.stdout.close()
    sys.stderr.close()
elif how == "unruly":
    sys.stdout, sys.stderr = Unruly(), Unruly()
elif how == "deleted":
    del sys.stdout, sys.stderr


def ended():
    with open(os.environ["NOTES"], "a") as file:
        file.write("%d\n" % os.getpid())


atexit.register(lambda: None)


def application(environ, start_response):
    atexit.register(ended)
    errors = environ["wsgi.errors"]
    errors.write("by wsgi.errors\n")
    errors.writelines(["by writelines\n"])
    errors.flush()
    if environ["PATH_INFO"] == "/raise":
        raise ValueError("as it should")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
