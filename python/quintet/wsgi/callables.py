"""How an object of the user's module can be called: as a WSGI application, as a factory, or asynchronously."""

from __future__ import annotations

import inspect
import sys
from typing import Any, Dict, Optional


def is_asynchronous(application: Any) -> bool:
    """Whether this is an `async def`, or an object whose `__call__` is one.

    It would return a coroutine, not an iterable.
    """
    if isinstance(application, type):
        return False  # its instances may be asynchronous, but the class is not
    functions = (application, getattr(application, "__call__", None))  # noqa: B004
    return any(inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in functions)


def is_factory(found: Any) -> bool:
    """Whether it can be called with no arguments, but not with two, as WSGI applications are."""
    signature = signature_of(found)
    return signature is not None and not binds(signature, 2) and binds(signature, 0)


def signature_of(found: Any) -> Optional[inspect.Signature]:
    """Its signature; None if that is uncertain.

    A signature copied by functools.wraps, or set by the object, may be another function's: werkzeug's
    `Request.application` makes a WSGI application around a function of one parameter.
    """
    behind: Any = getattr(found, "__init__", None) if isinstance(found, type) else type(found).__call__
    if hasattr(found, "__signature__") or hasattr(behind, "__signature__"):
        return None
    try:
        return inspect.signature(found, follow_wrapped=False, **_LENIENT)
    except (TypeError, ValueError, NameError):
        return None  # such as a C function


# Python 3.14 evaluates annotations here, and some names are imported for type checkers only.
_LENIENT: Dict[str, Any] = {}
if sys.version_info >= (3, 14):
    from annotationlib import Format

    _LENIENT["annotation_format"] = Format.FORWARDREF


def binds(signature: inspect.Signature, count: int) -> bool:
    """Whether it can be called with this many arguments."""
    try:
        signature.bind(*[None] * count)
        return True
    except TypeError:
        return False
