"""Finds a Django project's folders of static files and media, and the paths in them that the project answers itself."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, List, Literal, Tuple

from ...shared.raw_environment import for_node
from .file_servers import answers, file_servers, named_file_server
from .routes import routes_below

if TYPE_CHECKING:
    from ...wire.messages import LeftPath, ReportedMount

_KINDS: Tuple[Literal["static"], Literal["media"]] = ("static", "media")


def mounts(application: Any) -> List[ReportedMount]:
    """STATIC_URL and MEDIA_URL with their folders, each with the paths left to the project."""
    from django.conf import settings

    # Not settings.STATIC_URL: Django caches its first value, which contains the SCRIPT_NAME of a request.
    raw = settings._wrapped
    found: List[ReportedMount] = []
    servers = file_servers(application)
    for kind in _KINDS:
        url = getattr(raw, "%s_URL" % kind.upper(), None)
        root = getattr(raw, "%s_ROOT" % kind.upper(), None)
        # Skip URLs of other hosts, and "/", which would be the whole site.
        if not url or not root or str(url) == "/" or str(url).startswith("//") or "://" in str(url):
            continue
        forced = getattr(raw, "FORCE_SCRIPT_NAME", None)
        # Since Django 3.1 a URL without a leading slash begins where the application is mounted.
        relative = not str(url).startswith("/")
        path = "%s/%s" % ((forced or "").rstrip("/"), url) if relative else str(url)
        found.append(
            {
                "url": path,
                "root": for_node(os.path.abspath(str(root))),
                "kind": kind,
                "relative": relative and forced is None,
                "left": _left(kind, _below_mount(path), servers, raw),
            }
        )
    return found


def _below_mount(path: str) -> List[str]:
    """The prefixes that a route for this path may have. The first segments may be where the application is mounted.

    That path is only known during a request, because a setting, a variable or a proxy's header decides it.
    """
    parts = path.strip("/").split("/")
    return ["/".join(parts[first:]) + "/" for first in range(len(parts))]


def _left(kind: str, prefixes: List[str], servers: List[Any], settings: Any) -> List[LeftPath]:
    """The paths below the URL that the project answers itself."""
    for server in servers:
        words = answers(server, kind, ["/" + prefix for prefix in prefixes])
        if words is not None:
            return [{"below": "", "exact": False, "why": words}]
    if kind == "static":
        words = named_file_server(getattr(settings, "MIDDLEWARE", None) or ())
        if words is not None:
            return [{"below": "", "exact": False, "why": words}]
    # An application that only uses Django's models has no routes of Django's.
    if "django.core.handlers.wsgi" not in sys.modules or not getattr(settings, "ROOT_URLCONF", None):
        return []
    left = [route for prefix in prefixes for route in routes_below(prefix)]
    whole = [route for route in left if route["below"] == "" and not route["exact"]]
    return whole[:1] or left
