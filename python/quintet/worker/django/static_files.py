"""Where the static files and the media of a Django project are, and what of them the project itself answers."""

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
    """The folders and their URLs, each with what is left to the project, and why."""
    from django.conf import settings

    # Not settings.STATIC_URL: Django keeps what it first gives there, and that has the SCRIPT_NAME of a request.
    raw = settings._wrapped
    found: List[ReportedMount] = []
    servers = file_servers(application)
    for kind in _KINDS:
        url = getattr(raw, "%s_URL" % kind.upper(), None)
        root = getattr(raw, "%s_ROOT" % kind.upper(), None)
        # A URL on another host is served there; "/" would be the whole site.
        if not url or not root or str(url) == "/" or str(url).startswith("//") or "://" in str(url):
            continue
        forced = getattr(raw, "FORCE_SCRIPT_NAME", None)
        # As Django has it since 3.1, a URL without a slash in front begins where the application is mounted.
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
    """How a route may begin that is for the URL: a part of it may be the path below which the application is.

    Which part is known only with each request: a setting of the server, a variable or the header of a proxy says so.
    """
    parts = path.strip("/").split("/")
    return ["/".join(parts[first:]) + "/" for first in range(len(parts))]


def _left(kind: str, prefixes: List[str], servers: List[Any], settings: Any) -> List[LeftPath]:
    """What below the URL is the project's own."""
    for server in servers:
        words = answers(server, kind, ["/" + prefix for prefix in prefixes])
        if words is not None:
            return [{"below": "", "exact": False, "why": words}]
    if kind == "static":
        words = named_file_server(getattr(settings, "MIDDLEWARE", None) or ())
        if words is not None:
            return [{"below": "", "exact": False, "why": words}]
    # Whoever uses Django's models in another application has no routes of Django's.
    if "django.core.handlers.wsgi" not in sys.modules or not getattr(settings, "ROOT_URLCONF", None):
        return []
    left = [route for prefix in prefixes for route in routes_below(prefix)]
    whole = [route for route in left if route["below"] == "" and not route["exact"]]
    return whole[:1] or left
