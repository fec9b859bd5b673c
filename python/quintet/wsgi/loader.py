"""Import an application. Each way to fail has its own message."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Callable

from .expression import find_application
from .load_error import LoadError, brief, short_traceback

Application = Callable[..., Any]


def load(target: str) -> Application:
    """Load a target: ``django`` (settings from the environment), ``module``, ``module:attribute`` or ``module:make()``.

    Raises LoadError.
    """
    return load_django() if target == "django" else load_module(target)


def load_django() -> Application:
    """Django's own get_wsgi_application()."""
    settings = os.environ.get("DJANGO_SETTINGS_MODULE")
    if not settings:
        message = (
            "DJANGO_SETTINGS_MODULE is not set. Set it in wsgi.ts, or outside: DJANGO_SETTINGS_MODULE=shop.settings"
        )
        raise LoadError("QUINTET_NO_SETTINGS", message)
    try:
        importlib.import_module("django")
    except ImportError as error:
        if error.name != "django":
            raise
        raise _no_django() from None
    try:
        from django.core.wsgi import get_wsgi_application

        application: Application = get_wsgi_application()
        return application
    except BaseException as error:
        message = "Django does not start with DJANGO_SETTINGS_MODULE=%s: %s" % (settings, brief(error))
        raise LoadError("QUINTET_DJANGO_FAILED", message, short_traceback(error)) from None


def load_module(target: str) -> Application:
    """The application that a target names in a module. The default attribute is ``application``."""
    name, _, expression = target.partition(":")
    return find_application(find_module(name, target), name, expression or "application")


def find_module(name: str, target: str = "") -> Any:
    """Import a module. ``target``: the target as the user wrote it, for the message."""
    try:
        return importlib.import_module(name)
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name:
            if error.name == "django":
                raise _no_django() from None
            if (name + ".").startswith(error.name + "."):
                raise LoadError("QUINTET_NO_MODULE", _no_module(error.name, target or name)) from None
        message = "The module %r does not import: %s" % (name, brief(error))
        raise LoadError("QUINTET_MODULE_FAILED", message, short_traceback(error)) from None


def _no_django() -> LoadError:
    return LoadError("QUINTET_NO_DJANGO", "Django is not installed in %s." % describe_python())


def _no_module(missing: str, target: str) -> str:
    message = "There is no module %r (looked for %r in %s)." % (missing, target, sys.path[0])
    if missing.endswith(".py"):
        message += " A module is named without its .py: %s" % missing[:-3]
    return message


def describe_python() -> str:
    """This interpreter, for people: its path and version."""
    return "%s (Python %s)" % (sys.executable, sys.version.split()[0])
