"""sys.stdout and sys.stderr, even if the application has closed, deleted or replaced them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

_STDERR = 2


def flush_streams() -> None:
    """Flush stdout and stderr."""
    for name in ("stdout", "stderr"):
        with suppress(Exception):
            getattr(sys, name).flush()


def complain(text: str) -> None:
    """Write a line to stderr, which the front logs."""
    with suppress(OSError):
        os.write(_STDERR, (text + "\n").encode("utf-8", "backslashreplace"))


def error_stream() -> TextIO:
    """The stream for `wsgi.errors`: sys.stderr if it has what PEP 3333 requires, otherwise a new one."""
    with suppress(Exception):  # sys.stderr may be the application's object and raise anything
        stream: Any = sys.stderr
        wanted = ("write", "writelines", "flush")
        if all(hasattr(stream, each) for each in wanted) and not getattr(stream, "closed", False):
            return cast(TextIO, stream)
    return open(_STDERR, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def restore_streams() -> None:
    """Before Python ends: drop streams that cannot be flushed, because otherwise Python's exit status would be 120."""
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name, None)
        if stream is None:
            continue
        try:
            stream.flush()
        except Exception:
            setattr(sys, name, None)
