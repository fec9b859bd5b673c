"""What the front wants to know of a Django project, and its errors for the log."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any, Callable, Dict, List


def facts() -> Dict[str, Any]:
    """The version of Django, if the application uses it, and the folders of static files and media."""
    django = sys.modules.get("django")
    if django is None:
        return {}
    found: Dict[str, Any] = {"django": django.get_version()}
    try:
        from django.conf import settings

        if not settings.configured:
            return found
        found["static"] = _mounts(
            [
                (getattr(settings, "STATIC_URL", None), getattr(settings, "STATIC_ROOT", None), "static"),
                (getattr(settings, "MEDIA_URL", None), getattr(settings, "MEDIA_ROOT", None), "media"),
            ]
        )
    except Exception as error:  # a project that is odd here still serves its pages
        sys.stderr.write("quintet: the static files of this project stay with the application: %s\n" % error)
    return found


def _mounts(pairs: List[Any]) -> List[Dict[str, str]]:
    mounts = []
    for url, root, kind in pairs:
        # A URL on another host is served there; "/" (what an unset MEDIA_URL becomes) would be the whole site.
        if url and root and str(url).startswith("/") and not str(url).startswith("//") and str(url) != "/":
            mounts.append({"url": str(url), "root": os.path.abspath(str(root)), "kind": kind})
    return mounts


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
