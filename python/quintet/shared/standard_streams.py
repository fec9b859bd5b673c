"""sys.stdout and sys.stderr, whatever the application has made of them: without flush(), closed, None, or deleted."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

_STDERR = 2


def flush_streams() -> None:
    """Flush both."""
    for name in ("stdout", "stderr"):
        with suppress(Exception):
            getattr(sys, name).flush()


def complain(text: str) -> None:
    """Write a line that the front logs."""
    with suppress(OSError):
        os.write(_STDERR, (text + "\n").encode("utf-8", "backslashreplace"))


def error_stream() -> TextIO:
    """For `wsgi.errors`: sys.stderr where that is all that PEP 3333 wants, else one of our own."""
    with suppress(Exception):  # it is an object of the application, and may raise anything
        stream: Any = sys.stderr
        wanted = ("write", "writelines", "flush")
        if all(hasattr(stream, each) for each in wanted) and not getattr(stream, "closed", False):
            return cast(TextIO, stream)
    return open(_STDERR, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def restore_streams() -> None:
    """Before Python ends: it flushes both, and calls it an error where that cannot be done."""
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name, None)
        if stream is None:
            continue
        try:
            stream.flush()
        except Exception:
            setattr(sys, name, None)
