"""Import the application and its hooks, and collect the facts that the front needs."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional, Union

from ..wire.frames import cut
from ..wsgi.load_error import LoadError, short_traceback
from ..wsgi.loader import Application, load
from .application_forks import end_if_child
from .exit import end
from .hooks import Hooks
from .signals import keep_handler

if TYPE_CHECKING:
    from ..wire.messages import WorkerFacts, WorkerFailure, WorkerStartUp, ZygoteStartUp

    StartUp = Union[WorkerStartUp, ZygoteStartUp]

# The exit status of a process that could not import the application.
EXIT_LOAD_FAILED = 3


class Loaded(NamedTuple):
    """An application, its hooks, and the payload of READY."""

    application: Application
    hooks: Hooks
    facts: WorkerFacts


def load_application(start_up: StartUp, send_failed: Callable[[WorkerFailure], None]) -> Loaded:
    """Import the application. If that fails, tell the front and end the process.

    ``send_failed``: sends the frame FAILED.
    """
    sys.path.insert(0, start_up["project"])
    sys.argv = [start_up["target"]]
    began = time.perf_counter()
    failure: Optional[LoadError] = None
    try:
        application = load(start_up["target"])
        if "django" in sys.modules:
            from .django.lifecycle import import_urls

            import_urls()
        hooks = Hooks(start_up["hooks"])
    except LoadError as error:
        end_if_child(error.__context__)
        failure = error
    except BaseException as error:
        end_if_child(error)
        failure = LoadError("QUINTET_MODULE_FAILED", repr(error), short_traceback(error))
    end_if_child()
    keep_handler()
    if failure is not None:
        send_failed(failure_message(failure))
        end(EXIT_LOAD_FAILED)
    facts: WorkerFacts = {
        "runtime": "Python",
        "python": sys.executable,
        "version": "%d.%d.%d" % sys.version_info[:3],
        "scriptName": os.environ.get("SCRIPT_NAME", ""),
        "importMs": round((time.perf_counter() - began) * 1000),
    }
    if "django" in sys.modules:
        from .django.debug_warning import debug_warning
        from .django.facts import add_facts

        warning = debug_warning()
        if warning:
            facts["warnings"] = [warning]
        add_facts(facts, application)
    return Loaded(application, hooks, facts)


def failure_message(error: LoadError) -> WorkerFailure:
    """The payload of FAILED. Texts are cut so that both fit in one frame."""
    message, trace = cut(str(error), of=2), cut(error.trace, of=2)
    return {"code": error.code, "message": message, "trace": trace, "python": sys.executable}
