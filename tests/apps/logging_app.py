"""An application that prints and logs in several ways."""

import logging
import os
import sys
import time
import traceback
import warnings

logging.basicConfig(format="%(levelname)s %(name)s %(message)s")
print("printed at import")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/print":
        print("printed to stdout")
        sys.stderr.write("written to stderr\n")
        environ["wsgi.errors"].write("written to wsgi.errors\n")
        logging.getLogger("shop").warning("logged: Ä €")
        warnings.warn("warned", stacklevel=1)
    elif path == "/unended":
        sys.stdout.write("without a newline")
        sys.stdout.flush()
    elif path == "/long":
        print("x" * 200_000)
    elif path == "/bytes":
        sys.stdout.buffer.write(b"bad \xff byte\n")
        sys.stdout.buffer.flush()
    elif path == "/escape":
        print("\x1b[31mred\x1b[0m")
    elif path == "/flood":
        for number in range(20_000):
            print("line %d" % number)
    elif path == "/traceback":
        try:
            raise ValueError("printed by the application")
        except ValueError:
            traceback.print_exc()
    elif path == "/pieces":
        for piece in (
            "Trace",
            "back (most recent call la",
            "st):\n  Fi",
            'le "x.py", line 1\nKeyErr',
            "or: in pieces\n",
        ):
            os.write(2, piece.encode())
            time.sleep(0.02)
    elif path == "/json":
        print('{"level":"info","msg":"listening on nothing"}')
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done\n"]
