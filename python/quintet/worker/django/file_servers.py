"""Middleware that serves files itself, such as WhiteNoise: in MIDDLEWARE, or around the application in wsgi.py."""

from __future__ import annotations

import functools
import types
from typing import Any, Dict, Iterator, List, Optional

# Objects that are looked at, at most.
_MOST = 2000

# By package, as people call it.
_NAMES = {
    "whitenoise": "WhiteNoise",
    "servestatic": "ServeStatic",
    "dj_static": "dj-static",
}
# By class.
_CLASSES = {
    "django.contrib.staticfiles.handlers.StaticFilesHandler": "Django's StaticFilesHandler",
    "werkzeug.middleware.shared_data.SharedDataMiddleware": "Werkzeug's SharedDataMiddleware",
}


def file_servers(application: Any) -> List[Any]:
    """Those that a request passes on its way through the application."""
    return [each for each in _reachable(application) if _name(type(each)) is not None]


def named_file_server(paths: Any) -> Optional[str]:
    """The first of the middleware that these dotted paths name, in words."""
    from django.utils.module_loading import import_string

    for path in paths:
        found = import_string(path)
        name = _name(found) if isinstance(found, type) else _NAMES.get(_package(found))
        if name is not None:
            return "%s (%s)" % (name, path)
    return None


def answers(server: Any, kind: str, prefixes: List[str]) -> Optional[str]:
    """What serves files below one of these paths, in words; None if this does not."""
    cls = type(server)
    words = "%s (%s.%s)" % (_name(cls), cls.__module__, cls.__qualname__)
    exports = getattr(server, "exports", None)
    if exports is not None:
        paths = [str(each[0]) for each in exports]
        return words if any(_meet(path, prefix) for path in paths for prefix in prefixes) else None
    # That of Django's MIDDLEWARE has STATIC_URL from the settings, and so has what knows no other folders.
    knows_folders = hasattr(server, "files") and hasattr(server, "directories")
    if kind == "static" and (hasattr(server, "static_prefix") or not knows_folders):
        return words
    if cls.__name__ == "MediaCling":
        return words
    files: Dict[str, Any] = getattr(server, "files", None) or {}
    folders = [str(each[1]) for each in getattr(server, "directories", None) or []]
    for prefix in prefixes:
        if any(_meet(folder, prefix) for folder in folders if folder != "/"):
            return words
        if any(url.startswith(prefix) for url in files):
            return words
    return None


def _meet(one: str, other: str) -> bool:
    """Whether one path is below the other."""
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
    """What a callable calls, as far as that can be seen: what it wraps, and holds in attributes and closures."""
    seen: Dict[int, Any] = {}
    waiting = [start]
    while waiting and len(seen) < _MOST:
        thing = waiting.pop(0)
        # Not isinstance(), nor attributes: a proxy would look for what it stands for.
        if id(thing) in seen or not callable(thing) or issubclass(type(thing), type):
            continue
        seen[id(thing)] = thing
        yield thing
        waiting += _held(thing)


def _held(thing: Any) -> List[Any]:
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
                pass  # it is empty
    try:
        held += object.__getattribute__(thing, "__dict__").values()
    except AttributeError:
        pass
    return held
