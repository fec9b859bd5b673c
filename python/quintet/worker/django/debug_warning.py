"""Finds out that a project is served with settings for development, though its wsgi.py names others."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import Optional


def debug_warning() -> Optional[str]:
    """What to say if DEBUG is True here and not in the settings that the project's wsgi.py names; None otherwise."""
    try:
        return _debug_warning()
    except Exception:  # a project that is odd here still serves its pages
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
    spec = importlib.util.find_spec(module)  # of the module itself nothing is run
    if spec is None or not spec.origin or not os.path.isfile(spec.origin):
        return None
    # Only now, for a DEBUG that is True is rare in production.
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
