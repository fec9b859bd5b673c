"""Says what the thread it runs in was told before."""

import time


def application(environ, start_response):
    time.sleep(0.1)
    body = getattr(environ["test.inner"], "name", "another thread").encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
