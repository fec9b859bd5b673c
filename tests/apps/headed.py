"""Answers that say headers of their own, in each form that an answer can have."""

import os

OWN = [("Content-Type", "text/plain"), ("X-Frame-Options", "SAMEORIGIN"), ("Vary", "Cookie"), ("Set-Cookie", "a=1")]


def application(environ, start_response):
    path = environ["PATH_INFO"]
    start_response("404 Not Found" if path.endswith("none") else "200 OK", OWN)
    if path.endswith("file"):
        return environ["wsgi.file_wrapper"](open(os.path.abspath(__file__), "rb"))
    if path.endswith("stream"):
        return (each for each in (b"one ", b"two"))
    return [b"the application\n"]
