"""What the example has no reason to have. The clients know each answer byte by byte: faults/load/content.ts."""

import hashlib
import time
from typing import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

LINES = b"".join(b"%09d\n" % number for number in range(100_000))

#: What is never given back.
kept: list[bytes] = []


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    digest = hashlib.sha256()
    while piece := request.read(65_536):
        digest.update(piece)
    return HttpResponse(digest.hexdigest(), content_type="text/plain")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[bytes]:
        for start in range(0, 100_000, 10_000):
            yield LINES[start : start + 10_000]
            time.sleep(0.01)

    return StreamingHttpResponse(chunks(), content_type="text/plain")


def download(request: HttpRequest) -> HttpResponse:
    return HttpResponse(LINES, content_type="text/plain")


def hang(request: HttpRequest) -> HttpResponse:
    time.sleep(600)
    return HttpResponse("late", content_type="text/plain")


def leak(request: HttpRequest) -> HttpResponse:
    kept.append(b"x" * 4_000_000)
    return HttpResponse("leaked", content_type="text/plain")
