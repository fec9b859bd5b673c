"""Tells the variables of the query: /?NAME,OTHER"""

import json
import os


def application(environ, start_response):
    names = environ["QUERY_STRING"].split(",")
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({name: os.environ.get(name) for name in names}).encode()]
