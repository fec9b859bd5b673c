"""What the front wants to know of a Django project, and its errors for the log."""

from __future__ import annotations

import re
import sys
import traceback
from typing import Any, Callable, Dict

from . import django_files, logged
from .forced_prefix import forced_prefix
from .load_error import LoadError, brief, short_traceback
from .streams import complain


def facts(application: Any) -> Dict[str, Any]:
    """The version of Django, if the application uses it, and the folders of static files and media."""
    django = sys.modules.get("django")
    if django is None:
        return {}
    found: Dict[str, Any] = {}
    try:
        found["django"] = django.get_version()
        from django.conf import settings

        if not settings.configured:
            return found
        found.update(_warmup(settings))
        found.update(forced_prefix(settings))
        found["static"] = django_files.mounts(application)
        _forget_urls(settings)
    except Exception as error:  # a project that is odd here still serves its pages
        complain("quintet: the static files of this project stay with the application: %s" % brief(error))
    return found


def _forget_urls(settings: Any) -> None:
    """Let the first request say where relative STATIC_URL and MEDIA_URL begin.

    Django keeps what it first gives for them. Whoever asks before there is a request, such as WhiteNoise, gets them
    without the SCRIPT_NAME, and all pages would link there.
    """
    for name in ("STATIC_URL", "MEDIA_URL"):
        url = getattr(settings._wrapped, name, None)
        if url and not str(url).startswith(("/", "http://", "https://")):
            vars(settings).pop(name, None)


def _warmup(settings: Any) -> Dict[str, Any]:
    """A host and a scheme that Django neither refuses nor redirects."""
    named = [str(each).lstrip(".") for each in getattr(settings, "ALLOWED_HOSTS", None) or []]
    found: Dict[str, Any] = {"secure": bool(getattr(settings, "SECURE_SSL_REDIRECT", False))}
    # What the front would not take for a host would keep the worker from starting.
    host = next((each for each in named if re.fullmatch("[A-Za-z0-9._-]+", each)), None)
    return found if host is None else {**found, "host": host}


def finish_request() -> None:
    """Do what Django does when a response is closed, for a request that was interrupted: connections are closed."""
    signals = sys.modules.get("django.core.signals")
    handlers = sys.modules.get("django.core.handlers.wsgi")
    if signals is None or handlers is None:
        return
    try:
        signals.request_finished.send_robust(sender=handlers.WSGIHandler)
    except BaseException:
        complain("quintet: Django's request_finished: %s" % traceback.format_exc().rstrip())


def urls() -> None:
    """Import what Django leaves to the first request: the URLs, with all views.

    If they do not import, every request would be a 500: a deploy of that is one that does not boot.
    """
    if "django.core.handlers.wsgi" not in sys.modules:
        return
    from django.conf import settings

    if not settings.configured or not getattr(settings, "ROOT_URLCONF", None):
        return
    try:
        from django.urls import get_resolver

        get_resolver().url_patterns  # noqa: B018
    except BaseException as error:
        message = "Django's URLs, ROOT_URLCONF=%s, do not import: %s" % (settings.ROOT_URLCONF, brief(error))
        raise LoadError("QUINTET_DJANGO_FAILED", message, short_traceback(error)) from None


def warm() -> None:
    """Load the template engines, which Django leaves to the first request.

    What is wrong with them is for that request to say: not every page needs them.
    """
    if "django.core.handlers.wsgi" not in sys.modules:
        return
    try:
        from django.template import engines

        engines.all()
    except BaseException:
        pass


def release() -> None:
    """Close what was opened when the application was imported and two processes cannot both use."""
    database = sys.modules.get("django.db")
    if database is None:
        return
    try:
        for connection in database.connections.all(initialized_only=True):
            connection.close()
            if hasattr(connection, "close_pool"):  # of psycopg, Django 5.1 and later; it has threads
                connection.close_pool()
    except Exception as error:
        complain("quintet: the database connections opened by the import are not closed: %s" % error)
    cache = sys.modules.get("django.core.cache")
    if cache is not None:
        try:
            cache.caches.close_all()
        except Exception as error:
            complain("quintet: the caches opened by the import are not closed: %s" % error)


def log_errors(log: Callable[[BaseException], None]) -> None:
    """Put the traceback of a failed view into the log, once.

    Django answers 500 itself and, with DEBUG off, only mails the traceback to ADMINS; whoever looks at the
    server's log at night would find nothing. With DEBUG on, or where the project's LOGGING says so, it prints
    the traceback, which brings it into the log.
    """
    if "django.core.signals" not in sys.modules:
        return
    try:
        from django.conf import settings
        from django.core.signals import got_request_exception

        if not settings.configured:
            return
    except Exception:
        return

    def on_exception(sender: Any, **kwargs: Any) -> None:
        error = sys.exc_info()[1]
        if error is None:
            return
        # Or Django raises it anew, once for each middleware: then it comes to the server.
        if settings.DEBUG_PROPAGATE_EXCEPTIONS or logged.prints("django.request", error, kwargs.get("request")):
            return
        log(error)

    got_request_exception.connect(on_exception, weak=False, dispatch_uid="quintet")
