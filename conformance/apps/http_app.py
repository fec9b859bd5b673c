"""Tells what it saw of a request, as JSON, and keeps a line of it in http.jsonl. Its twin is http_app.ts.

The query may ask for more: ``sleep=0.5`` answers later, ``pad=1000000`` makes the answer that much longer.
"""

import hashlib
import json
import os
import time
from urllib.parse import parse_qs


def application(environ, start_response):
    # Kept only when the whole body could be read: a body without its end is no request.
    body = environ["wsgi.input"].read() if has_body(environ) else b""
    seen = {
        "method": environ["REQUEST_METHOD"],
        "path": environ.get("PATH_INFO", ""),
        "query": environ.get("QUERY_STRING", ""),
        "environ": {name: value for name, value in environ.items() if isinstance(value, str)},
        "length": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    with open(os.path.join(os.environ["CONFORMANCE_FOLDER"], "http.jsonl"), "a") as log:
        log.write(json.dumps(seen) + "\n")
    asked = parse_qs(seen["query"])
    time.sleep(float(asked.get("sleep", ["0"])[0]))
    seen["pad"] = "x" * int(asked.get("pad", ["0"])[0])
    answer = json.dumps(seen).encode()
    head = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    start_response("200 OK", head)
    return [answer]


def has_body(environ):
    """A server without wsgi.input_terminated may let a read past the end of the body wait for ever."""
    if environ.get("wsgi.input_terminated"):
        return True
    if environ.get("CONTENT_LENGTH"):
        return environ["CONTENT_LENGTH"] != "0"
    return "HTTP_TRANSFER_ENCODING" in environ
