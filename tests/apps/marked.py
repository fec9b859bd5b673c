"""Notes each request in a file, first of all, and answers with its target; it leaves the body of /unread."""

import json
import os

NOTES = os.open(os.environ["SEEN_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def application(environ, start_response):
    method, target = environ["REQUEST_METHOD"], environ["REQUEST_URI"]
    note = {"method": method, "target": target, "port": environ["REMOTE_PORT"]}
    os.write(NOTES, json.dumps(note).encode() + b"\n")
    if not environ["PATH_INFO"].endswith("/unread"):
        environ["wsgi.input"].read()
    body = ("%s %s" % (method, target)).encode("latin-1")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
