"""The views of the small Django project."""

import hashlib
import json
import logging
import os
import time

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import path, re_path

logger = logging.getLogger("tiny")


def text(body):
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


def sleep(request, seconds):
    time.sleep(float(seconds))
    return text("slept %s" % seconds)


def stream(request):
    def lines():
        yield "first\n"
        time.sleep(0.1)
        yield "second\n"

    return StreamingHttpResponse(lines(), content_type="text/plain")


FORM = """<!doctype html><title>Transfers</title><link rel="icon" href="data:,">
<form method="post" enctype="multipart/form-data"><input type="file" name="file"><button>Send</button></form>
<a href="/download">Download</a>"""


def upload(request):
    """A form for a file; posted, or the bare file as the body, it is answered with length and hash."""
    if request.method == "GET":
        return HttpResponse(FORM)
    sent = request.FILES["file"].chunks() if request.content_type == "multipart/form-data" else request
    found = hashlib.sha256()
    length = 0
    for data in sent:
        found.update(data)
        length += len(data)
    return text("%d %s" % (length, found.hexdigest()))


def download(request):
    return FileResponse(open(os.environ["TRANSFER_FILE"], "rb"), as_attachment=True)


def environment(request):
    """What the variables of the query are, and which settings are used."""
    names = [*request.GET, "DJANGO_SETTINGS_MODULE"]
    return HttpResponse(json.dumps({name: os.environ.get(name) for name in names}))


def boom(request):
    raise ValueError("boom in a view")


def warn(request):
    print("printed by a view")
    logger.warning("warned by a view")
    return text("warned")


urlpatterns = [
    path("", lambda request: text("Hello from Django\n")),
    path("path/<path:rest>", lambda request, rest: text("/path/" + rest)),
    path("sleep/<seconds>", sleep),
    path("stream", stream),
    path("upload", upload),
    path("download", download),
    path("echo", lambda request: HttpResponse(request.body)),
    path("environment", environment),
    path("boom", boom),
    path("warn", warn),
    # What is no file comes here, and says so. A catch-all: a route for static/ would be the project's own.
    re_path(r"^.*$", lambda request: HttpResponse("from the application\n", status=404)),
]
