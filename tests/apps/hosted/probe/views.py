"""Views that show what the host of the application does."""

import hashlib
import os
import time

from django.conf import settings
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from probe.edition import EDITION


def environ(request, path):
    """The environ as it is; what is neither text nor a truth value, by its type and methods."""
    shown = {}
    for name, value in request.META.items():
        if isinstance(value, (str, bool, int)):
            shown[name] = value
        elif isinstance(value, tuple):
            shown[name] = list(value)
        else:
            shown[name] = [method for method in dir(value) if not method.startswith("_")]
    names = ["DJANGO_SETTINGS_MODULE", "SHOP_EDITION"]
    return JsonResponse({"environ": shown, "os": {name: os.environ.get(name) for name in names}, "edition": EDITION})


@csrf_exempt
def echo(request):
    body = request.body
    return JsonResponse({"length": len(body), "sha256": hashlib.sha256(body).hexdigest()})


def stream(request):
    """The second part waits until a file is there, which the test makes when it has the first one."""

    def parts():
        yield b"first\n"
        end = time.monotonic() + 8
        while not (settings.VAR_DIR / request.GET["until"]).exists() and time.monotonic() < end:
            time.sleep(0.02)
        yield b"second\n"

    # nginx collects a response unless it is told not to.
    headers = {"X-Accel-Buffering": "no"}
    return StreamingHttpResponse(parts(), content_type="text/plain", headers=headers)


def cut(request):
    def parts():
        yield b"begun\n"
        raise RuntimeError("cut in a stream")

    return StreamingHttpResponse(parts(), content_type="text/plain")


def file(request):
    return FileResponse((settings.MEDIA_ROOT / "large.bin").open("rb"), content_type="application/octet-stream")


def cookies(request):
    response = HttpResponse("two\n")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def boom(request):
    raise ValueError("boom in a view")


def errors(request):
    request.META["wsgi.errors"].write("written to wsgi.errors\n")
    request.META["wsgi.errors"].flush()
    return HttpResponse("written\n")
