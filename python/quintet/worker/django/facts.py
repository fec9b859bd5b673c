"""Collects the facts about a Django project that the front needs."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from ...shared.standard_streams import complain
from ...wsgi.load_error import brief
from .routes import begin_with
from .static_files import mounts

if TYPE_CHECKING:
    from ...wire.messages import WorkerFacts


def add_facts(facts: WorkerFacts, application: Any) -> None:
    """Add Django's version, the host for warm-up requests, FORCE_SCRIPT_NAME, and the folders of static files."""
    try:
        facts["django"] = sys.modules["django"].get_version()
        from django.conf import settings

        if not settings.configured:
            return
        _add_warmup(facts, settings)
        _add_forced_prefix(facts, settings)
        facts["static"] = mounts(application)
        _forget_relative_urls(settings)
    except Exception as error:  # a project with unusual settings still serves its pages
        complain("quintet: the application serves this project's static files itself: %s" % brief(error))


def _add_warmup(facts: WorkerFacts, settings: Any) -> None:
    """Add a host and a scheme that Django neither refuses nor redirects."""
    facts["secure"] = bool(getattr(settings, "SECURE_SSL_REDIRECT", False))
    named = [str(each).lstrip(".") for each in getattr(settings, "ALLOWED_HOSTS", None) or []]
    # The front refuses READY with a host that is not valid.
    host = next((each for each in named if re.fullmatch("[A-Za-z0-9._-]+", each)), None)
    if host is not None:
        facts["host"] = host


def _add_forced_prefix(facts: WorkerFacts, settings: Any) -> None:
    """Add FORCE_SCRIPT_NAME: the path that the project is published at, whether or not a proxy strips it.

    The front strips it from a path, as a proxy would. If the project's own URLs begin with it, the path may be one of
    those, so the front leaves it alone.
    """
    forced = str(getattr(settings, "FORCE_SCRIPT_NAME", None) or "").rstrip("/")
    if forced.startswith("/"):
        facts["forced"] = forced
        facts["forcedInUrls"] = begin_with(forced[1:])


def _forget_relative_urls(settings: Any) -> None:
    """Let the first request decide the values of a relative STATIC_URL and MEDIA_URL.

    Django caches their first value. If something reads them before the first request, as WhiteNoise does, the value has
    no SCRIPT_NAME, and then the links on all pages have none either.
    """
    for name in ("STATIC_URL", "MEDIA_URL"):
        url = getattr(settings._wrapped, name, None)
        if url and not str(url).startswith(("/", "http://", "https://")):
            vars(settings).pop(name, None)
