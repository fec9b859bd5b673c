"""Decides which functions that the import has registered with atexit run only in the zygote, and which in each worker.

Functions of the project run once, when the zygote ends, after all its workers. For example, a temporary directory made
by the import belongs to all of them. Functions of libraries also run in each worker, because they flush what that
worker has collected. Functions that a worker registers run in that worker.
"""

from __future__ import annotations

import atexit
import functools
import gc
import os
import sys
from typing import Any, Callable, List

from .module_origin import LIBRARY, PROJECT, PYTHON, origin

Function = Callable[..., Any]
_MAX_NAMES = 10


class _Once:
    """Calls a function in the process that has registered it, but not in its forks."""

    def __init__(self, func: Function) -> None:
        self.func = func
        self._pid = os.getpid()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.func(*args, **kwargs) if os.getpid() == self._pid else None

    def __eq__(self, other: object) -> bool:
        """For atexit.unregister()."""
        return self is other or self.func == other

    __hash__ = None  # type: ignore[assignment]


class ExitFunctions:
    """Notes the functions registered with atexit while the application is imported."""

    def __init__(self) -> None:
        self._original: Function = atexit.register
        self._register: Function = atexit.register
        self._importing = False
        self._once: List[Function] = []
        self._temporary_files: List[Any] = []

    def begin(self) -> None:
        """Before the import: replace atexit.register."""
        original, once = self._original, self._once

        def register(func: Function, *args: Any, **kwargs: Any) -> Function:
            if self._importing and _is_once(func, sys._getframe(1).f_globals.get("__name__")):
                original(_Once(func), *args, **kwargs)
                once.append(func)
            else:
                original(func, *args, **kwargs)
            return func

        # Registered before all others, so it is called after them.
        original(_Once(self._remove_files))
        self._importing = True
        self._register = register
        _set_register(register)

    def end(self) -> None:
        """After the import: restore atexit.register, unless the application has replaced it too."""
        self._importing = False
        if vars(atexit)["register"] is self._register:
            _set_register(self._original)

    def note_temporary_files(self) -> None:
        """Note the open temporary files that are removed when they are closed."""
        closer = getattr(sys.modules.get("tempfile"), "_TemporaryFileCloser", None)
        if closer is not None:
            self._temporary_files = [each for each in gc.get_objects() if type(each) is closer]

    def _remove_files(self) -> None:
        for each in self._temporary_files:
            try:
                getattr(each, "cleanup", each.close)()
            except OSError:
                pass  # the application has removed it

    @property
    def names(self) -> List[str]:
        """The names of the first functions that do not run in each worker."""
        return list(dict.fromkeys(_name(each) for each in self._once[:_MAX_NAMES]))

    def forget(self) -> None:
        """In a fork: drop these functions, which are the zygote's."""
        finalize: Any = getattr(sys.modules.get("weakref"), "finalize", None)
        for each in list(getattr(finalize, "_registry", ())):
            function = (each.peek() or (None, None))[1]
            # A TemporaryDirectory would otherwise also be removed with its last reference.
            if getattr(function, "__qualname__", "") == "TemporaryDirectory._cleanup":
                each.detach()
            else:
                each.atexit = False
        for each in self._temporary_files:
            each.delete = False
        # multiprocessing would end the zygote's children here. It clears the set in its own children too.
        process: Any = sys.modules.get("multiprocessing.process")
        if process is not None:
            process._children = set()


def _set_register(register: Function) -> None:
    vars(atexit)["register"] = register


def _is_once(func: Function, registrar: Any) -> bool:
    whose = origin(registrar)
    if whose == PROJECT:
        return True
    # A library that registers one of Python's functions, such as shutil.rmtree, does not flush data of its own.
    return whose == LIBRARY and origin(_module(func)) == PYTHON


def _module(func: Any) -> Any:
    while isinstance(func, functools.partial):
        func = func.func
    return getattr(func, "__module__", None) or type(getattr(func, "__self__", func)).__module__


def _name(func: Any) -> str:
    while isinstance(func, functools.partial):
        func = func.func
    name = getattr(func, "__qualname__", None) or type(func).__qualname__
    return "%s.%s" % (_module(func), name)
