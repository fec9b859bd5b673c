"""The hooks post_fork and worker_exit: functions of the application, called when a worker starts and when it ends."""

from __future__ import annotations

import inspect
import os
from typing import Any, Callable, NamedTuple, Optional

from ..wsgi.load_error import LoadError, short_traceback
from ..wsgi.loader import find_module


class Worker(NamedTuple):
    """What a hook is told about its worker."""

    pid: int
    """The pid of this process."""
    number: int
    """1, 2, 3 … in the order of their start; unique within a generation."""
    threads: int
    """The setting."""
    forked: bool
    """Whether the worker was forked from a process that had imported the application."""


Hook = Optional[Callable[[Worker], Any]]


class Hooks:
    """The hooks of a module.

    ``name``: the module; empty for none. Raises LoadError if it does not import or has no hooks.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._loaded_by = os.getpid()
        self._post_fork: Hook = None
        self._worker_exit: Hook = None
        if not name:
            return
        try:
            module = find_module(name)
        except LoadError as error:
            raise LoadError(error.code, "hooks: %s" % error, error.trace) from None
        self._post_fork = self._find(module, "post_fork")
        self._worker_exit = self._find(module, "worker_exit")
        if self._post_fork is None and self._worker_exit is None:
            message = "hooks: the module %r has neither post_fork nor worker_exit." % name
            raise LoadError("QUINTET_NO_HOOKS", message)

    @property
    def forked(self) -> bool:
        """Whether this process was forked from the one that loaded the hooks."""
        return os.getpid() != self._loaded_by

    def post_fork(self, worker: Worker) -> None:
        """Call the hook before the worker's first request. Raises LoadError if the hook raises."""
        if self._post_fork is None:
            return
        try:
            self._post_fork(worker)
        except BaseException as error:
            raise LoadError("QUINTET_HOOK_FAILED", self._raised("post_fork"), short_traceback(error)) from None

    def worker_exit(self, worker: Worker, log: Callable[[str], None]) -> None:
        """Call the hook after the worker's last request. If the hook raises, the exception is logged."""
        if self._worker_exit is None:
            return
        try:
            self._worker_exit(worker)
        except BaseException as error:
            log("%s\n%s" % (self._raised("worker_exit"), short_traceback(error)))

    def _find(self, module: Any, hook: str) -> Hook:
        found: Hook = getattr(module, hook, None)
        if found is None:
            return None
        try:
            inspect.signature(found).bind(None)
        except TypeError:  # report this at the start, not when the first worker ends
            message = "hooks: %s.%s cannot be called with one argument, the worker." % (self._name, hook)
            raise LoadError("QUINTET_NO_HOOKS", message) from None
        except ValueError:
            pass  # a C function without a signature
        return found

    def _raised(self, hook: str) -> str:
        return "%s of the module %r has raised." % (hook, self._name)
