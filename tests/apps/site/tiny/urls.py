"""The views of the small Django project."""

import json
import logging
import os
import time

from django.http import HttpResponse, StreamingHttpResponse
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
    path("echo", lambda request: HttpResponse(request.body)),
    path("environment", environment),
    path("boom", boom),
    path("warn", warn),
    # What is no file comes here, and says so.
    re_path(r"^(static|media|files)/.*$", lambda request, kind: HttpResponse("from the application\n", status=404)),
]
