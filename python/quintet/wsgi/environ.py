"""The environ dictionary of a request (PEP 3333, "environ Variables")."""

from __future__ import annotations

import io
from typing import Any, Dict

from ..shared.standard_streams import error_stream
from ..wire import frames
from ..wire.channel import Channel
from ..wire.request import Request, split_request
from .file_wrapper import FileWrapper
from .streamed_input import open_input


def base_environ(threads: int, multiprocess: bool) -> Dict[str, Any]:
    """The variables that all requests of this process share."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": "quintet",
        "wsgi.version": (1, 0),
        "wsgi.errors": error_stream(),
        "wsgi.multithread": threads > 1,
        "wsgi.multiprocess": multiprocess,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
    }


def make_environ(channel: Channel, request: Request, base: Dict[str, Any]) -> Dict[str, Any]:
    """A new environ. wsgi.input reads the body from memory, from the front's temporary file, or from the channel.

    Raises OSError if the file cannot be opened, ProtocolError or ValueError for a malformed request.
    """
    text, body = split_request(request)
    environ = base.copy()
    pairs = iter(text.split("\0"))
    environ.update(zip(pairs, pairs))
    if request.flags & frames.BODY_IN_FILE:
        environ["wsgi.input"] = open(body.decode("utf-8"), "rb")
    elif request.flags & frames.BODY_STREAMS:
        environ["wsgi.input"] = open_input(channel, request.id, environ.get("CONTENT_LENGTH"))
    else:
        environ["wsgi.input"] = io.BytesIO(body)
    return environ
