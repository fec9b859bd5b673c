"""The exit of a worker that is not killed. It does what Python does at the end of a program.

Threads that are not daemons are joined, executors finish their jobs, ``atexit`` runs, files are flushed. The front
kills a worker only if that takes longer than ``gracefulTimeout``.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator, List, NoReturn

from ..shared.standard_streams import flush_streams, restore_streams
from ..wire.page import AT_EXIT, JOINING, LEAVING, Page

# If the exit takes longer, the log says what the worker waits for.
_REPORT_AFTER_SECONDS = 0.3
_MAX_NAMES = 10


def leave(page: Page, log: Callable[[str], None], forked: bool) -> NoReturn:
    """End a worker that has served, as ``sys.exit`` does.

    ``forked``: a zygote forked this process.
    """
    page.words[LEAVING] = JOINING
    with _reporting_what_is_awaited(log):
        with suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]  # Python calls this at its end
        page.words[LEAVING] = AT_EXIT
        _run_exit_functions()
    if not forked:
        restore_streams()
        sys.exit(0)  # Python finalizes objects and closes files
    # A normal Python exit would also finalize inherited objects, which belong to the zygote.
    from .zygote.buffered_files import finish_files  # the zygote has imported it

    with suppress(BaseException):
        finish_files()
    end_at_once(0)


def end(status: int) -> NoReturn:
    """End a process that has not served. Does not wait for threads that the application has started."""
    _run_exit_functions()
    end_at_once(status)


def end_child(status: int) -> NoReturn:
    """End a process that the application has forked. Leaves everything that it shares with its worker untouched."""
    with suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]
    end(status)


def end_at_once(status: int) -> NoReturn:
    """End this process without ``atexit``."""
    try:
        flush_streams()
    finally:
        os._exit(status)


def _run_exit_functions() -> None:
    flush_streams()
    with suppress(BaseException):  # Python prints what a function raises
        atexit._run_exitfuncs()


@contextmanager
def _reporting_what_is_awaited(log: Callable[[str], None]) -> Iterator[None]:
    """If the block takes long, log which threads and processes it waits for."""
    over = threading.Event()

    def watch() -> None:
        if not over.wait(_REPORT_AFTER_SECONDS):
            awaited = _awaited()
            if awaited:
                log("is exiting, but waits for %s" % " and ".join(awaited))

    if _awaited():
        with suppress(RuntimeError):  # no more threads can be started
            threading.Thread(target=watch, name="quintet-leaving", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _awaited() -> List[str]:
    """Describe what Python joins at its end: threads, and children of multiprocessing."""
    main = threading.main_thread()
    threads = [thread.name for thread in threading.enumerate() if not thread.daemon and thread is not main]
    multiprocessing: Any = sys.modules.get("multiprocessing.process")
    children = list(getattr(multiprocessing, "_children", ()))
    processes = ["%s (%s)" % (child.name, child.pid) for child in children if not child.daemon]
    return [
        "its %s %s" % (kind, _listed(names))
        for kind, names in (("threads", threads), ("processes", processes))
        if names
    ]


def _listed(names: List[str]) -> str:
    shown = ", ".join(names[:_MAX_NAMES])
    return shown if len(names) <= _MAX_NAMES else "%s and %d more" % (shown, len(names) - _MAX_NAMES)
