"""How a worker ends of its own accord: as Python does at the end of a program.

Threads that are not daemons are joined, executors finish their jobs, ``atexit`` runs, files are flushed. The front
kills a worker only when that takes longer than ``gracefulTimeout``.
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

# Seconds after which the log says what a worker waits for.
_PATIENCE = 0.3
# So many names are in that line.
_MOST_NAMES = 10


def leave(page: Page, say: Callable[[str], None], forked: bool) -> NoReturn:
    """End as ``sys.exit`` does. ``say`` writes to the log."""
    page.words[LEAVING] = JOINING
    with _saying_what_is_awaited(say):
        with suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]  # what Python itself calls at its end
        page.words[LEAVING] = AT_EXIT
        _run_exit_functions()
    if not forked:
        restore_streams()
        sys.exit(0)  # Python does the rest: objects are finalized, and files closed
    # What a fork has inherited belongs to the process that it comes from, so Python's own end would destroy too much.
    from .zygote.buffered_files import finish_files  # the zygote has imported it

    with suppress(BaseException):
        finish_files()
    end_at_once(0)


def end(status: int) -> NoReturn:
    """End a process that has not served: without waiting for the threads that the application has started."""
    _run_exit_functions()
    end_at_once(status)


def end_child(status: int) -> NoReturn:
    """End a process that the application has forked: what it shares with its worker is left alone."""
    with suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]
    end(status)


def end_at_once(status: int) -> NoReturn:
    """End without ``atexit``."""
    try:
        flush_streams()
    finally:
        os._exit(status)


def _run_exit_functions() -> None:
    flush_streams()
    with suppress(BaseException):  # Python has printed it
        atexit._run_exitfuncs()


@contextmanager
def _saying_what_is_awaited(say: Callable[[str], None]) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        if not over.wait(_PATIENCE):
            awaited = _awaited()
            if awaited:
                say("leaves, and waits for %s" % " and ".join(awaited))

    if _awaited():
        with suppress(RuntimeError):  # there can be no more threads: then nothing is said
            threading.Thread(target=watch, name="quintet-leaving", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _awaited() -> List[str]:
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
    shown = ", ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else "%s and %d more" % (shown, len(names) - _MOST_NAMES)
