"""Import the application a worker serves; say precisely what is wrong when that fails."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any, Callable, Dict

from .frames import cut

Application = Callable[..., Any]


class LoadError(Exception):
    """The application cannot be loaded. ``code`` is one of the stable codes of Quintet's documentation."""

    def __init__(self, code: str, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.trace = trace

    @property
    def facts(self) -> Dict[str, Any]:
        """As the front is told."""
        message, trace = cut(str(self), of=2), cut(self.trace, of=2)
        return {"code": self.code, "message": message, "trace": trace, "python": sys.executable}


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
    """The callable ``attribute`` (``application`` unless told) of a module."""
    name, _, attribute = target.partition(":")
    attribute = attribute or "application"
    module = find_module(name, target)
    application: Any = module
    for part in attribute.split("."):
        if not hasattr(application, part):
            message = "The module %r has no %r. %s" % (name, attribute, _what_instead(module, name))
            raise LoadError("QUINTET_NO_APPLICATION", message)
        application = getattr(application, part)
    if not callable(application):
        message = "%s:%s is %s, which cannot be called." % (name, attribute, type(application).__name__)
        raise LoadError("QUINTET_NO_APPLICATION", message)
    return application  # type: ignore[no-any-return]


def find_module(name: str, target: str = "") -> Any:
    """Import a module. ``target`` is how the user has named it, if that says more."""
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
    return LoadError("QUINTET_NO_DJANGO", "There is no Django in %s." % describe_python())


def _no_module(missing: str, target: str) -> str:
    message = "There is no module %r (looked for %r in %s)." % (missing, target, sys.path[0])
    if missing.endswith(".py"):
        message += " A module is named without its .py: %s" % missing[:-3]
    return message


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


def brief(error: BaseException) -> str:
    """The first line that names the error; before it a SyntaxError shows the code, after it a message may go on."""
    lines = "".join(traceback.format_exception_only(type(error), error)).splitlines()
    return next((line for line in lines if not line.startswith(" ")), type(error).__name__)


def short_traceback(error: BaseException) -> str:
    """Python's own traceback without the frames that are ours or importlib's."""
    items = traceback.format_exception(type(error), error, error.__traceback__)
    return "".join(item for item in items if not item.startswith(_MACHINERY)).rstrip()


# How the frames begin that say nothing to the author of the application.
_MACHINERY = (
    '  File "<frozen importlib',
    '  File "%s%s' % (os.path.dirname(importlib.__file__ or ""), os.sep),
    '  File "%s%s' % (os.path.dirname(__file__), os.sep),
)


def describe_python() -> str:
    """This interpreter, as a person would look for it."""
    return "%s (Python %s)" % (sys.executable, sys.version.split()[0])
