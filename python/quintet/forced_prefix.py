"""Django's FORCE_SCRIPT_NAME: the path below which the project is published, whether a proxy strips it or not."""

from __future__ import annotations

from typing import Any, Dict, Iterable

# How deep include() is followed where it adds nothing to the path.
_DEPTH = 5


def forced_prefix(settings: Any) -> Dict[str, Any]:
    """For the front, which splits it off a path that has it, as a proxy would.

    If the project's own URLs begin with it, a path that has it may be one of those, and is left as it is.
    """
    forced = str(getattr(settings, "FORCE_SCRIPT_NAME", None) or "").rstrip("/")
    if not forced.startswith("/"):
        return {}
    from django.urls import get_resolver

    return {"forced": forced, "forcedInUrls": _begin_with(forced[1:], get_resolver().url_patterns, _DEPTH)}


def _begin_with(prefix: str, patterns: Iterable[Any], depth: int) -> bool:
    for each in patterns:
        route = str(each.pattern).lstrip("^")
        if route == prefix or route.startswith(prefix + "/") or route.rstrip("$") == prefix:
            return True
        if route == "" and depth > 0 and _begin_with(prefix, getattr(each, "url_patterns", ()), depth - 1):
            return True
    return False
