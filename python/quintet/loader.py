"""Import the application a worker serves; say precisely what is wrong when that fails."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from types import TracebackType
from typing import Any, Callable, Optional

Application = Callable[..., Any]


class LoadError(Exception):
    """The application cannot be loaded. ``code`` is one of the stable codes of Quintet's documentation."""

    def __init__(self, code: str, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.trace = trace


def load(target: str) -> Application:
    """``django`` (settings from the environment), ``package.module`` or ``package.module:attribute``."""
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
        if getattr(error, "name", None) != "django":
            raise
        raise LoadError("QUINTET_NO_DJANGO", "There is no Django in %s." % describe_python()) from None
    try:
        from django.core.wsgi import get_wsgi_application

        application: Application = get_wsgi_application()
        return application
    except BaseException as error:
        message = "Django does not start with DJANGO_SETTINGS_MODULE=%s: %s" % (settings, _brief(error))
        raise LoadError("QUINTET_DJANGO_FAILED", message, short_traceback(error)) from None


def load_module(target: str) -> Application:
    """The callable ``attribute`` (``application`` unless told) of a module."""
    name, _, attribute = target.partition(":")
    attribute = attribute or "application"
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name and (name + ".").startswith(error.name + "."):
            message = "There is no module %r (looked for %r in %s)." % (error.name, target, ", ".join(sys.path[:2]))
            raise LoadError("QUINTET_NO_MODULE", message) from None
        message = "The module %r does not import: %s" % (name, _brief(error))
        raise LoadError("QUINTET_MODULE_FAILED", message, short_traceback(error)) from None
    application: Any = module
    for part in attribute.split("."):
        application = getattr(application, part, None)
    if application is None:
        message = "The module %r has no %r. %s" % (name, attribute, _what_instead(module, name))
        raise LoadError("QUINTET_NO_APPLICATION", message)
    if not callable(application):
        message = "%s:%s is %s, which cannot be called." % (name, attribute, type(application).__name__)
        raise LoadError("QUINTET_NO_APPLICATION", message)
    return application  # type: ignore[no-any-return]


def _what_instead(module: Any, name: str) -> str:
    own = [
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and callable(value) and getattr(value, "__module__", name) in (name, None)
    ]
    others = [
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and callable(value) and not isinstance(value, type) and key not in own
    ]
    callables = (own + others)[:8]
    if not callables:
        return "It has nothing that can be called."
    return "It has: %s. Name one as %s:%s" % (", ".join(callables), name, callables[0])


def _brief(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]


def short_traceback(error: BaseException) -> str:
    """Python's own traceback without the frames that are ours or importlib's."""
    trace: Optional[TracebackType] = error.__traceback__
    while trace is not None and trace.tb_next is not None and _is_machinery(trace):
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    return "".join(line for line in lines if "<frozen importlib" not in line).rstrip()


def _is_machinery(trace: TracebackType) -> bool:
    code = trace.tb_frame.f_code.co_filename
    package = trace.tb_frame.f_globals.get("__package__")
    return package == __package__ or "importlib" in code


def describe_python() -> str:
    """This interpreter, as a person would look for it."""
    return "%s (Python %s)" % (sys.executable, sys.version.split()[0])
