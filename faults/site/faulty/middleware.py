"""Signs each answer, so that a client sees which process made it, and of which deploy."""

import os
from typing import Callable

from django.http import HttpRequest, HttpResponse

from faulty.edition import EDITION


def signed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Worker"] = str(os.getpid())
        response["X-Edition"] = str(EDITION)
        return response

    return answer
