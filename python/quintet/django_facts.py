"""What the front wants to know of a Django project, and its errors for the log."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any, Callable, Dict, List, Optional

from .load_error import LoadError, brief, short_traceback
from .raw_environment import for_node


def facts() -> Dict[str, Any]:
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
        # Not settings.STATIC_URL: Django keeps what it first gives there, and that has the SCRIPT_NAME of a request.
        raw = settings._wrapped
        found["static"] = _mounts(
            [
                (getattr(raw, "STATIC_URL", None), getattr(raw, "STATIC_ROOT", None), "static"),
                (getattr(raw, "MEDIA_URL", None), getattr(raw, "MEDIA_ROOT", None), "media"),
            ],
            getattr(raw, "FORCE_SCRIPT_NAME", None),
        )
    except Exception as error:  # a project that is odd here still serves its pages
        sys.stderr.write("quintet: the static files of this project stay with the application: %s\n" % error)
    return found


def _mounts(triples: List[Any], forced: Optional[str]) -> List[Dict[str, Any]]:
    mounts = []
    for url, root, kind in triples:
        # A URL on another host is served there; "/" would be the whole site.
        if not url or not root or str(url) == "/" or str(url).startswith("//") or "://" in str(url):
            continue
        # As Django has it since 3.1, a URL without a slash in front begins where the application is mounted.
        relative = not str(url).startswith("/")
        path = "%s/%s" % ((forced or "").rstrip("/"), url) if relative else str(url)
        mount = {"url": path, "root": for_node(os.path.abspath(str(root))), "kind": kind}
        mounts.append({**mount, "relative": relative and forced is None})
    return mounts


def finish_request() -> None:
    """Do what Django does when a response is closed, for a request that was interrupted: connections are closed."""
    signals = sys.modules.get("django.core.signals")
    handlers = sys.modules.get("django.core.handlers.wsgi")
    if signals is None or handlers is None:
        return
    try:
        signals.request_finished.send_robust(sender=handlers.WSGIHandler)
    except BaseException:
        sys.stderr.write("quintet: Django's request_finished: %s" % traceback.format_exc())


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
        sys.stderr.write("quintet: the database connections opened by the import are not closed: %s\n" % error)


def log_errors(log: Callable[[str], None]) -> None:
    """Put the traceback of a failed view into the log.

    Django answers 500 itself and, with DEBUG off, only mails the traceback to ADMINS; whoever looks at the
    server's log at night would find nothing. With DEBUG on it prints them, so there it is left alone.
    """
    if "django.core.signals" not in sys.modules:
        return
    try:
        from django.conf import settings
        from django.core.signals import got_request_exception

        if not settings.configured or settings.DEBUG:
            return
    except Exception:
        return

    def on_exception(sender: Any, **kwargs: Any) -> None:
        log(traceback.format_exc().rstrip())

    got_request_exception.connect(on_exception, weak=False, dispatch_uid="quintet")
