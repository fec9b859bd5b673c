"""One exception, one traceback in the log, also where the page for it fails.

If Django's handler500 raises, each middleware asks for the page again: one request with fifteen of them raises the same
exception sixteen times, each while the one before is handled.
"""

from __future__ import annotations

import traceback
from typing import Any, Iterator, Optional, Tuple

# Exceptions that are looked at, each raised while the next was handled.
_MOST = 500


def traceback_once(error: BaseException, request_id: int, trace: Any = None) -> Optional[str]:
    """The traceback, without what the log already has of this request; None if it has all of it.

    ``trace`` is what to show of the exception's own traceback, if that is not all.
    """
    first = error
    for other in _contexts(error):
        if _is_like(other, error):
            first = other
    if _is_told(first, request_id):
        return None
    if first is not error or trace is None:
        trace = first.__traceback__
    above = first
    for other in _contexts(first):
        if _is_told(other, request_id):
            break
        above = other
    context = above.__context__
    suppressed = above.__suppress_context__
    try:
        above.__context__ = None
        return "".join(traceback.format_exception(type(first), first, trace)).rstrip()
    finally:
        above.__context__ = context
        above.__suppress_context__ = suppressed
        _tell(first, request_id)


def _contexts(error: BaseException) -> Iterator[BaseException]:
    """The exceptions during whose handling it was raised, the last one first."""
    for _ in range(_MOST):
        context = error.__context__
        if context is None:
            return
        yield context
        error = context


def _is_like(one: BaseException, other: BaseException) -> bool:
    """Of the same type and text, from the same line."""
    if type(one) is not type(other) or _origin(one) != _origin(other):
        return False
    try:
        return str(one) == str(other)
    except Exception:
        return False


def _origin(error: BaseException) -> Optional[Tuple[Any, int]]:
    trace = error.__traceback__
    if trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code, trace.tb_lineno


# With the request, for an application may raise one object again and again. Its id is 0 outside of requests.
def _tell(error: BaseException, request_id: int) -> None:
    try:
        error._quintet_told = request_id  # type: ignore[attr-defined]
    except Exception:  # a class that allows no such attribute: its exceptions are told each time
        pass


def _is_told(error: BaseException, request_id: int) -> bool:
    try:
        return request_id != 0 and getattr(error, "_quintet_told", None) == request_id
    except Exception:
        return False
