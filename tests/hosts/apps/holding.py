"""The settings and views of the small Django project, with one more view and without its limit for uploads."""

import os
import time

from django.http import StreamingHttpResponse
from django.urls import path
from tiny import urls
from tiny.settings import *  # noqa: F403

DATA_UPLOAD_MAX_MEMORY_SIZE = None
ROOT_URLCONF = "holding"


def hold(request, barrier):
    """A stream that waits at a barrier after its first line: see testing/barrier.ts."""

    def lines():
        with open("/%s.reached" % barrier, "a") as file:
            file.write("%d\n" % os.getpid())
        yield "first\n"
        end = time.monotonic() + 60
        while not os.path.exists("/%s" % barrier) and time.monotonic() < end:
            time.sleep(0.01)
        yield "second\n"

    return StreamingHttpResponse(lines(), content_type="text/plain")


urlpatterns = [path("hold/<path:barrier>", hold), *urls.urlpatterns]
