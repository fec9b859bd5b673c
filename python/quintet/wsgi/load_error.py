"""The error of an application that cannot be loaded, and the texts that explain it."""

from __future__ import annotations

import importlib
import os
import traceback

from ..shared.own_code import FOLDER


class LoadError(Exception):
    """The application cannot be loaded. ``code`` is one of the stable codes of Quintet's documentation."""

    def __init__(self, code: str, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.trace = trace


def brief(error: BaseException) -> str:
    """The line that names the error. A SyntaxError has code before it, and a message may have more lines after it."""
    lines = "".join(traceback.format_exception_only(type(error), error)).splitlines()
    return next((line for line in lines if not line.startswith(" ")), type(error).__name__)


def short_traceback(error: BaseException) -> str:
    """The traceback without our frames and importlib's."""
    items = traceback.format_exception(type(error), error, error.__traceback__)
    return "".join(item for item in items if not item.startswith(_MACHINERY)).rstrip()


# How those frames begin.
_MACHINERY = (
    '  File "<frozen importlib',
    '  File "%s%s' % (os.path.dirname(importlib.__file__ or ""), os.sep),
    '  File "%s' % FOLDER,
)
