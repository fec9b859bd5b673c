"""Steps that a worker takes for Django: import URLs, load templates, close connections, log errors."""

from __future__ import annotations

import sys
import traceback
from typing import Any, Callable

from ...shared.standard_streams import complain
from ...wsgi.load_error import LoadError, brief, short_traceback
from .project_logging import prints_traceback


def finish_request() -> None:
    """Send request_finished after an interrupted request, so that Django closes its connections."""
    signals = sys.modules.get("django.core.signals")
    handlers = sys.modules.get("django.core.handlers.wsgi")
    if signals is None or handlers is None:
        return
    try:
        signals.request_finished.send_robust(sender=handlers.WSGIHandler)
    except BaseException:
        complain("quintet: Django's request_finished: %s" % traceback.format_exc().rstrip())


def import_urls() -> None:
    """Import the URLs with all views, which Django would do at the first request.

    If they cannot be imported, every request would be answered 500, so the deployment must fail. Raises LoadError.
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


def load_templates() -> None:
    """Load the template engines, which Django would do at the first request.

    Errors are ignored here: not every page needs templates, and a request that does shows the error.
    """
    if "django.core.handlers.wsgi" not in sys.modules:
        return
    try:
        from django.template import engines

        engines.all()
    except BaseException:
        pass


def close_connections() -> None:
    """Close the database and cache connections that the import has opened: forked workers cannot share them."""
    database = sys.modules.get("django.db")
    if database is None:
        return
    try:
        for connection in database.connections.all(initialized_only=True):
            connection.close()
            if hasattr(connection, "close_pool"):  # psycopg's, from Django 5.1 on; it has threads
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
    """Log the traceback of each failed view once.

    Django answers 500 itself. With DEBUG off it only mails the traceback to ADMINS, so the server's log would not show
    it. With DEBUG on, or if the project's LOGGING says so, Django prints the traceback, and it is in the log already.
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
        # With DEBUG_PROPAGATE_EXCEPTIONS the exception reaches the server, which logs it.
        if settings.DEBUG_PROPAGATE_EXCEPTIONS or prints_traceback("django.request", error, kwargs.get("request")):
            return
        log(error)

    got_request_exception.connect(on_exception, weak=False, dispatch_uid="quintet")
