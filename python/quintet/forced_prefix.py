"""Django's FORCE_SCRIPT_NAME: the path below which the project is published, whether a proxy strips it or not."""

from __future__ import annotations

from typing import Any, Dict

from .django_routes import begin_with


def forced_prefix(settings: Any) -> Dict[str, Any]:
    """For the front, which splits it off a path that has it, as a proxy would.

    If the project's own URLs begin with it, a path that has it may be one of those, and is left as it is.
    """
    forced = str(getattr(settings, "FORCE_SCRIPT_NAME", None) or "").rstrip("/")
    if not forced.startswith("/"):
        return {}
    return {"forced": forced, "forcedInUrls": begin_with(forced[1:])}
