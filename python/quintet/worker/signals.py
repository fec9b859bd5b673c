"""Signals that are meant for the front but reach its workers too.

Ctrl-C goes to every process of a terminal, and systemd sends its signals to every process of a service. A worker that
obeyed them would leave its request unanswered, so only the front handles them.

Gunicorn ends a worker with SIGTERM, and applications set handlers for it. Such a handler is called when the worker
ends.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import traceback
from types import FrameType
from typing import Any, Callable, List, Optional, Set

from ..shared.standard_streams import complain
from .application_forks import after_fork, before_fork

# Python's own, even if gevent replaces it during the import: gevent's would wait for the child in its own loop.
_os_fork = os.fork
# From src/node-worker/ignored-signals.ts, by npm run docs:
FRONT_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTTIN", "SIGTTOU")
# End of src/node-worker/ignored-signals.ts.
_NUMBERS = [signal.Signals[name] for name in FRONT_SIGNALS]


def ignore_signals_for_front() -> None:
    """Ignore these signals. A handler that the application sets later takes effect."""
    for number in _NUMBERS:
        # A signal that is already ignored, for example by nohup, stays ignored. The others get a handler that does
        # nothing, because programs that the application starts would inherit "ignored" and could not be ended.
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _on_signal)
            signal.siginterrupt(number, False)  # do not interrupt a library that waits in C
    os.register_at_fork(before=_fork.before, after_in_parent=_fork.unblock, after_in_child=_fork.in_child)


def write_stacks_on_signal(path: str, number: int) -> None:
    """Write the stacks of all threads to a file whenever the front sends this signal, even while C code runs."""
    # The front empties the file. Use a descriptor, because Python warns about file objects that are not closed.
    stacks = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    faulthandler.register(number, file=stacks, all_threads=True, chain=False)


def keep_handler() -> None:
    """After the import: set aside the application's handler for SIGTERM, so that the signal ends no request early."""
    handler = _handler()
    if handler is not None:
        _kept[:] = [handler]
        signal.signal(signal.SIGTERM, _on_signal)
        signal.siginterrupt(signal.SIGTERM, False)


def call_handler() -> None:
    """At the end of the worker: call the handler that the application has set for SIGTERM."""
    handler = _handler() or next(iter(_kept), None)
    if handler is None:
        return
    try:
        handler(int(signal.SIGTERM), sys._getframe())
    except (SystemExit, KeyboardInterrupt):
        pass  # the worker ends anyway
    except BaseException:
        complain(traceback.format_exc().rstrip())


def _handler() -> Optional[Callable[..., Any]]:
    handler = signal.getsignal(signal.SIGTERM)
    return handler if callable(handler) and handler is not _on_signal else None


# The application's handler, set aside by keep_handler().
_kept: List[Callable[..., Any]] = []


def _without_us(number: int) -> Any:
    """The handler that the process would have without Quintet."""
    if number == signal.SIGTERM and _kept:
        return _kept[0]
    return signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL


def fork_worker() -> int:
    """os.fork() for a worker, which ignores these signals too."""
    _fork.is_worker = True
    try:
        return _os_fork()
    finally:
        _fork.is_worker = False


def _on_signal(_number: int, _frame: Optional[FrameType]) -> None:
    pass


class _Fork(threading.local):
    """Restores the handlers in a process that the application forks, for example with multiprocessing.

    Signals are blocked from before the fork until the child has restored them.
    """

    is_worker = False
    mask: Set[Any] = set()

    def before(self) -> None:
        if not self.is_worker:
            before_fork()
        self.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _NUMBERS)

    def unblock(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)

    def in_child(self) -> None:
        if not self.is_worker:
            for number in _NUMBERS:
                if signal.getsignal(number) is _on_signal:
                    signal.signal(number, _without_us(number))
        after_fork(self.is_worker)
        self.unblock()


_fork = _Fork()
