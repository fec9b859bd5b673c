"""Middleware that serves files itself, such as WhiteNoise: in MIDDLEWARE, or around the application in wsgi.py."""

from __future__ import annotations

import functools
import types
from typing import Any, Dict, Iterator, List, Optional

_MAX_OBJECTS = 2000

# Display names, by package.
_NAMES = {
    "whitenoise": "WhiteNoise",
    "servestatic": "ServeStatic",
    "dj_static": "dj-static",
}
# Display names, by class.
_CLASSES = {
    "django.contrib.staticfiles.handlers.StaticFilesHandler": "Django's StaticFilesHandler",
    "werkzeug.middleware.shared_data.SharedDataMiddleware": "Werkzeug's SharedDataMiddleware",
}


def file_servers(application: Any) -> List[Any]:
    """The middleware objects of the application that serve files."""
    return [each for each in _reachable(application) if _name(type(each)) is not None]


def named_file_server(paths: Any) -> Optional[str]:
    """The display name of the first middleware among these dotted paths that serves files; None if none does."""
    from django.utils.module_loading import import_string

    for path in paths:
        found = import_string(path)
        name = _name(found) if isinstance(found, type) else _NAMES.get(_package(found))
        if name is not None:
            return "%s (%s)" % (name, path)
    return None


def answers(server: Any, kind: str, prefixes: List[str]) -> Optional[str]:
    """The display name of ``server`` if it serves files of this kind below one of these paths; otherwise None."""
    cls = type(server)
    words = "%s (%s.%s)" % (_name(cls), cls.__module__, cls.__qualname__)
    exports = getattr(server, "exports", None)
    if exports is not None:
        paths = [str(each[0]) for each in exports]
        return words if any(_overlap(path, prefix) for path in paths for prefix in prefixes) else None
    # It uses STATIC_URL from the settings if it is in Django's MIDDLEWARE, or if it knows no other folders.
    knows_folders = hasattr(server, "files") and hasattr(server, "directories")
    if kind == "static" and (hasattr(server, "static_prefix") or not knows_folders):
        return words
    if cls.__name__ == "MediaCling":
        return words
    files: Dict[str, Any] = getattr(server, "files", None) or {}
    folders = [str(each[1]) for each in getattr(server, "directories", None) or []]
    for prefix in prefixes:
        if any(_overlap(folder, prefix) for folder in folders if folder != "/"):
            return words
        if any(url.startswith(prefix) for url in files):
            return words
    return None


def _overlap(one: str, other: str) -> bool:
    """Whether the two paths are equal, or one is below the other."""
    one, other = one.rstrip("/") + "/", other.rstrip("/") + "/"
    return one.startswith(other) or other.startswith(one)


def _name(cls: Any) -> Optional[str]:
    for base in cls.__mro__:
        name = _NAMES.get(_package(base)) or _CLASSES.get("%s.%s" % (base.__module__, base.__qualname__))
        if name is not None:
            return name
    return None


def _package(thing: Any) -> str:
    return str(getattr(thing, "__module__", "")).partition(".")[0]


def _reachable(start: Any) -> Iterator[Any]:
    """The callables that a callable refers to: what it wraps, and what its attributes and closures hold."""
    seen: Dict[int, Any] = {}
    waiting = [start]
    while waiting and len(seen) < _MAX_OBJECTS:
        thing = waiting.pop(0)
        # Do not use isinstance() or attributes, which would make a lazy proxy load its object.
        if id(thing) in seen or not callable(thing) or issubclass(type(thing), type):
            continue
        seen[id(thing)] = thing
        yield thing
        waiting += _referents(thing)


def _referents(thing: Any) -> List[Any]:
    held: List[Any] = []
    kind = type(thing)
    if issubclass(kind, functools.partial):
        held += [thing.func, *thing.args]
    elif kind is types.MethodType:
        held.append(thing.__self__)
    elif kind is types.FunctionType:
        for cell in thing.__closure__ or ():
            try:
                held.append(cell.cell_contents)
            except ValueError:
                pass  # an empty cell
    try:
        held += object.__getattribute__(thing, "__dict__").values()
    except AttributeError:
        pass
    return held
