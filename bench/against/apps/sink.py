"""Reads the whole request body and answers with its length."""


def application(environ, start_response):
    body = environ["wsgi.input"].read()
    answer = b"%d bytes\n" % len(body)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
