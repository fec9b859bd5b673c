"""Warns if a project runs with DEBUG on, although its wsgi.py names production settings."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import Optional


def debug_warning() -> Optional[str]:
    """The warning if DEBUG is True, but not in the settings that the project's wsgi.py names; otherwise None."""
    try:
        return _debug_warning()
    except Exception:  # an unusual project still serves its pages
        return None


def _debug_warning() -> Optional[str]:
    if "django.core.handlers.wsgi" not in sys.modules:
        return None
    from django.conf import settings

    ours = os.environ.get("DJANGO_SETTINGS_MODULE")
    if not ours or not settings.configured or settings.DEBUG is not True:
        return None
    named = getattr(settings, "WSGI_APPLICATION", None)
    module = named.rpartition(".")[0] if named else ours.split(".")[0] + ".wsgi"
    spec = importlib.util.find_spec(module)  # does not run the module itself
    if spec is None or not spec.origin or not os.path.isfile(spec.origin):
        return None
    # Imported only here, because DEBUG is rarely True in production.
    from ...project.settings import read_settings
    from ...project.source import read
    from ...project.wsgi import SETTINGS, read_wsgi

    root = os.path.dirname(spec.origin)
    for _ in module.split(".")[bool(not spec.submodule_search_locations) :]:
        root = os.path.dirname(root)
    path = os.path.relpath(spec.origin, root)
    theirs = next((each for each in read_wsgi(read(root, path))["variables"] if each["name"] == SETTINGS), None)
    if theirs is None or theirs["value"] == ours:
        return None
    found = read_settings(root, "", theirs["value"])
    if found is None or found.get("DEBUG", {"value": False})["value"] is True:
        return None
    message = "DEBUG is True in %s, but %s:%d names %s. Clients can see tracebacks and settings."
    return message % (ours, path, theirs["line"], theirs["value"])
