"""What hostile clients are let loose on: small answers, a large one, and a body that is read."""

import time

CHUNK = b"x" * 100_000


def application(environ, start_response):
    """/ and /healthz at once, /large 50 MB, /slow after three seconds, /upload the length of the body."""
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/large":
        return (CHUNK for _ in range(500))
    if path == "/slow":
        time.sleep(3)
    if path == "/upload":
        return [b"%d" % len(environ["wsgi.input"].read())]
    return [b"ok"]
