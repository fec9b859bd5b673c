"""Call the application with one request and send what it returns."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict

from ..timeout import RequestTimeout
from ..wsgi.file_wrapper import FileWrapper
from ..wsgi.response import Response, check_block
from .application_forks import end_if_child


def run_application(application: Callable[..., Any], environ: Dict[str, Any], response: Response) -> None:
    """Call the application and send what it returns, then call close() exactly once, also after an error (PEP 3333).

    No exception leaves this function, not even SystemExit.

    Only code called directly from here is the application's and may be interrupted: see interrupt.in_application.
    """
    result = None
    try:
        try:
            result = application(environ, response.start_response)
            kind = type(result)
            if (kind is list or kind is tuple) and result:
                if len(result) == 1:
                    check_block(result[0])
                    response.chunk(result[0], True)
                else:
                    response.blocks(result)
            elif kind is not FileWrapper or not response.file(result):
                for data in result:
                    check_block(data)
                    if data:
                        response.chunk(data, False)
                    if response.rest_unwanted:
                        break
            # A file may be longer than what the application wants of it.
            if response.too_long and kind is not FileWrapper:
                message = "the body is longer than its Content-Length of %d" % (response.length or 0)
                response.channel.log("error", message, response.id)
            response.finish()
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
    except BaseException as error:
        end_if_child(error)
        if isinstance(error, RequestTimeout) and "django.core.signals" in sys.modules:
            from .django.lifecycle import finish_request

            finish_request()
        response.fail()
    finally:
        if response.flow is not None:
            response.channel.flows.pop(response.id, None)
