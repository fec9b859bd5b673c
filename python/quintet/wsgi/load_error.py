"""What is said when an application cannot be loaded."""

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
    """The first line that names the error; before it a SyntaxError shows the code, after it a message may go on."""
    lines = "".join(traceback.format_exception_only(type(error), error)).splitlines()
    return next((line for line in lines if not line.startswith(" ")), type(error).__name__)


def short_traceback(error: BaseException) -> str:
    """Python's own traceback without the frames that are ours or importlib's."""
    items = traceback.format_exception(type(error), error, error.__traceback__)
    return "".join(item for item in items if not item.startswith(_MACHINERY)).rstrip()


# How the frames begin that say nothing to the author of the application.
_MACHINERY = (
    '  File "<frozen importlib',
    '  File "%s%s' % (os.path.dirname(importlib.__file__ or ""), os.sep),
    '  File "%s' % FOLDER,
)
