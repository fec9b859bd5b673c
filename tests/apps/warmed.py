"""Knows whether it is warm: whether this process was asked for / by the server's own warmup.

``warmed_now.py`` in the same folder, which a test writes, says what a warmup does: MODE.
"""

import json
import os
import threading
import time

import warmed_now

MODE = warmed_now.MODE
SEEN = []
# So that with several threads none is warm by another's work before that is done.
WARM = threading.Event()


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if environ.get("quintet.warmup") == "1":
        SEEN.append({name: value for name, value in environ.items() if isinstance(value, str)})
        status = "200 OK"
        if path == "/":
            if MODE == "raises":
                raise RuntimeError("the warmup raises")
            if MODE == "dies":
                os._exit(7)
            if MODE == "hangs":
                time.sleep(600)
            gate = os.environ.get("WARMED_GATE")
            if gate and os.path.exists(gate + ".fails"):
                raise RuntimeError("the warmup raises now")
            if gate and os.path.exists(gate):
                with open(gate, "a") as file:
                    file.write("%d\n" % os.getpid())
                while os.path.exists(gate):
                    time.sleep(0.01)
            time.sleep(0.05)
            WARM.set()
        elif path == "/missing":
            status = "404 Not Found"
        elif path == "/moved":
            start_response("302 Found", [("Location", "/login/")])
            return [b""]
        start_response(status, [])
        if path == "/stream":
            return (b"x" * 40000 for _ in range(20))
        if path == "/file":
            return environ["wsgi.file_wrapper"](open(__file__ + ".big", "rb"))
        return [b"warmed"]
    if path == "/seen":
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(SEEN).encode()]
    start_response("200 OK" if WARM.is_set() else "500 Cold", [("X-Pid", str(os.getpid()))])
    return [b"%d" % os.getpid()]
