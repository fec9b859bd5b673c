"""Notes each request it was given in a file, once it has the whole body, and answers with the same."""

import json
import os

NOTES = os.open(os.environ["SEEN_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def application(environ, start_response):
    headers = {key: value for key, value in environ.items() if key.startswith(("HTTP_", "CONTENT_"))}
    body = environ["wsgi.input"].read()
    seen = {
        "client": environ["REMOTE_ADDR"],
        "method": environ["REQUEST_METHOD"],
        # What came on the request line; REQUEST_URI is its usual name.
        "target": environ.get("REQUEST_URI", environ.get("RAW_URI")),
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "protocol": environ["SERVER_PROTOCOL"],
        "headers": headers,
        "body": body.decode("latin-1"),
    }
    line = json.dumps(seen, sort_keys=True).encode()
    os.write(NOTES, line + b"\n")
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(line)))])
    return [line]
