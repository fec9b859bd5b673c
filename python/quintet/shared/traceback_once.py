"""Logs one traceback for one exception, even if the error page fails too.

If Django's handler500 raises, each middleware requests the error page again. With fifteen of them, one request raises
the same exception sixteen times, each time while the previous one is being handled.
"""

from __future__ import annotations

import traceback
from typing import Any, Iterator, Optional, Tuple

# How many contexts of an exception are examined.
_MAX_CONTEXTS = 500


def traceback_once(error: BaseException, request_id: int, trace: Any = None) -> Optional[str]:
    """The traceback, without the parts that the log already has for this request; None if it has all of it.

    ``trace``: the part of the exception's own traceback to show; None for all of it.
    """
    first = error
    for other in _contexts(error):
        if _is_like(other, error):
            first = other
    if _is_logged(first, request_id):
        return None
    if first is not error or trace is None:
        trace = first.__traceback__
    above = first
    for other in _contexts(first):
        if _is_logged(other, request_id):
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
        _mark_logged(first, request_id)


def _contexts(error: BaseException) -> Iterator[BaseException]:
    """The exceptions that were being handled when this one was raised, latest first."""
    for _ in range(_MAX_CONTEXTS):
        context = error.__context__
        if context is None:
            return
        yield context
        error = context


def _is_like(one: BaseException, other: BaseException) -> bool:
    """Whether two exceptions have the same type and text and come from the same line."""
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


# Mark with the request id, because an application may raise one object in many requests. 0 means no request.
def _mark_logged(error: BaseException, request_id: int) -> None:
    try:
        error._quintet_logged_in = request_id  # type: ignore[attr-defined]
    except Exception:  # a class without room for attributes: its exceptions are logged each time
        pass


def _is_logged(error: BaseException, request_id: int) -> bool:
    try:
        return request_id != 0 and getattr(error, "_quintet_logged_in", None) == request_id
    except Exception:
        return False
