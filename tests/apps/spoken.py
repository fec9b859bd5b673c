"""Answers as the body of the request says, each text one byte a character.

{"status": "200 OK", "headers": [["X-A", "b"]], "pieces": ["body"]}.
With "as" the pieces are a tuple or an iterator. With "shape" the headers are no list.
With "again" start_response is called a second time, with that status; with "write" the pieces are written.
"""

import json
import sys


def application(environ, start_response):
    order = json.loads(environ["wsgi.input"].read() or '{"status": "200 OK", "headers": [], "pieces": ["fine"]}')
    headers = [tuple(each) for each in order["headers"]]
    headers = {"tuple": tuple, "iterator": iter, "dict": dict}.get(order.get("shape"), list)(headers)
    write = start_response(order["status"], headers)
    if "again" in order:
        try:
            raise ValueError("a first answer comes to nothing")
        except ValueError:
            write = start_response(order["again"], headers, sys.exc_info())
    pieces = [each.encode("latin-1") for each in order["pieces"]]
    if order.get("write"):
        for piece in pieces:
            write(piece)
        return []
    if order.get("as") == "iterator":
        return iter(pieces)
    return tuple(pieces) if order.get("as") == "tuple" else pieces
