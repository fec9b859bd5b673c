"""When Django's own steps happen in a worker: URLs imported, templates loaded, connections closed, errors logged."""

from __future__ import annotations

import sys
import traceback
from typing import Any, Callable

from ...shared.standard_streams import complain
from ...wsgi.load_error import LoadError, brief, short_traceback
from .project_logging import prints_traceback


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


def import_urls() -> None:
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


def load_templates() -> None:
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


def close_connections() -> None:
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
        if settings.DEBUG_PROPAGATE_EXCEPTIONS or prints_traceback("django.request", error, kwargs.get("request")):
            return
        log(error)

    got_request_exception.connect(on_exception, weak=False, dispatch_uid="quintet")
