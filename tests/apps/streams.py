"""So many bytes at once, then a tick now and then: /?bytes, and /raise?bytes, which breaks off."""

import time


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for _ in range(int(environ["QUERY_STRING"]) // 10_000):
        yield b"." * 10_000
    if environ["PATH_INFO"] == "/raise":
        raise ValueError("raised after much")
    for number in range(100):
        yield b"tick %d " % number
        time.sleep(0.2)
