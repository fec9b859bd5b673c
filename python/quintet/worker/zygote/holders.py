"""Finds the variables that hold open descriptors, to name them in the log."""

from __future__ import annotations

import gc
from collections import deque
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, Callable, Deque, Dict, Iterable, List, Optional, Set, Tuple, Type

from .module_origin import LIBRARY, PROJECT, modules

# An application of 100 MB has about a million objects.
_MAX_OBJECTS = 200_000


def holders(descriptors: Iterable[int]) -> Dict[int, str]:
    """Maps each descriptor to a variable that leads to it, such as ``shop.db.engine``, if one is found."""
    wanted = set(descriptors)
    found: Dict[int, str] = {}
    seen: Set[int] = set()
    for whose in (PROJECT, LIBRARY):
        _search(modules(whose), wanted, found, seen)
    _method.cache_clear()
    return found


def _search(among: Iterable[ModuleType], wanted: Set[int], found: Dict[int, str], seen: Set[int]) -> None:
    queue: Deque[Tuple[Any, str]] = deque()
    for module in among:
        for key, value in list(vars(module).items()):
            if not key.startswith("__"):
                queue.append((value, "%s.%s" % (vars(module).get("__name__"), key)))
    # Breadth first, because the shortest path is the one that the author will recognize.
    while queue and wanted and len(seen) < _MAX_OBJECTS:
        value, name = queue.popleft()
        if id(value) in seen or _leads_elsewhere(value):
            continue
        seen.add(id(value))
        descriptor = _descriptor(value)
        if descriptor in wanted:
            wanted.discard(descriptor)
            found[descriptor] = name
        queue.extend((each, name) for each in _within(value))


def _within(value: Any) -> List[Any]:
    if issubclass(type(value), FunctionType):  # skip its globals, which are the whole module
        cells = value.__closure__ or ()
        return [value.__defaults__, *cells]
    return gc.get_referents(value)


def _leads_elsewhere(value: Any) -> bool:
    kind = type(value)
    if issubclass(kind, (str, bytes, int, float)) or value is None:
        return True
    # A module, or its dictionary.
    return issubclass(kind, ModuleType) or (kind is dict and "__spec__" in value and "__name__" in value)


def _descriptor(value: Any) -> int:
    """The descriptor of a file, socket or connection; -1 for other objects."""
    method = _method(type(value))  # type: ignore[arg-type]
    if method is None:
        return -1
    try:
        descriptor = method(value)
    except Exception:  # it is closed
        return -1
    return descriptor if type(descriptor) is int else -1


@cache
def _method(kind: Type[Any]) -> Optional[Callable[[Any], Any]]:
    for each in kind.__mro__:
        method = each.__dict__.get("fileno")
        if method is not None:
            # Do not call a property, or the method of SpooledTemporaryFile: it may open something.
            return method if callable(method) and each.__name__ != "SpooledTemporaryFile" else None
    return None
