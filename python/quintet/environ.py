"""The environ dictionary of a request (PEP 3333, "environ Variables")."""

from __future__ import annotations

import io
import sys
from typing import Any, Dict

from . import frames
from .channel import Request, split_request
from .file_wrapper import FileWrapper


def base_environ(threads: int, workers: int) -> Dict[str, Any]:
    """What is the same in every request of this worker."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": "quintet",
        "wsgi.version": (1, 0),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": threads > 1,
        "wsgi.multiprocess": workers > 1,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
    }


def make_environ(request: Request, base: Dict[str, Any]) -> Dict[str, Any]:
    """A fresh environ; its wsgi.input holds the whole body, in memory or in the front's temporary file."""
    text, body = split_request(request)
    environ = base.copy()
    pairs = iter(text.split("\0"))
    environ.update(zip(pairs, pairs))
    if request.flags & frames.BODY_IN_FILE:
        environ["wsgi.input"] = open(body.decode("utf-8"), "rb")
    else:
        environ["wsgi.input"] = io.BytesIO(body)
    return environ
