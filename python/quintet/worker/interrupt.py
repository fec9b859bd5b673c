"""Raises RequestTimeout in a request that has timed out."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType
from typing import Any, Callable, Dict, Optional, Set

from ..shared.own_code import is_own_code
from ..timeout import RequestTimeout
from ..wire.channel import Channel
from ..wire.page import RUNNING, TIMED_OUT, Page
from ..wsgi import file_wrapper

# From src/workers/process/signals.ts, by npm run docs:
LINUX_INTERRUPT_SIGNAL = 62
# End of src/workers/process/signals.ts.
INTERRUPT_SIGNAL = LINUX_INTERRUPT_SIGNAL if sys.platform.startswith("linux") else signal.SIGXCPU


def in_application(frame: Optional[FrameType], run: Callable[..., Any]) -> bool:
    """Whether a thread runs the application's code (called by ``run``), and not our code that the application called.

    ``frame``: the innermost frame of the thread. The stack is examined only for an interrupt, so requests do not have
    to note where they are.
    """
    inside = False
    while frame is not None:
        module = frame.f_globals
        if is_own_code(module) and module.get("__name__") != file_wrapper.__name__:
            return inside and frame.f_code is run.__code__
        inside = True
        frame = frame.f_back
    return False


def interrupt_by_signal(page: Page, running: Callable[[], int], run: Callable[..., Any]) -> None:
    """Let a signal interrupt a request in the main thread. The handler raises an exception, which also ends a sleep.

    The front names the request in the page and then sends the signal. It repeats that, because a request is not
    interrupted while it is in our own code.

    ``running``: returns the id of the running request.
    """
    raised = 0

    def on_signal(_: int, frame: Optional[FrameType]) -> None:
        nonlocal raised
        number = page.words[TIMED_OUT]
        if number != raised and number == running() and in_application(frame, run):
            raised = number
            raise RequestTimeout

    signal.signal(INTERRUPT_SIGNAL, on_signal)


class RunningThreads:
    """The threads that run requests. The main thread only reads frames and interrupts them.

    After an interrupted request, its thread runs no other: before the front sends INTERRUPT, it recalls all requests
    that this worker has not begun.
    """

    def __init__(self, channel: Channel, run: Callable[..., Any]) -> None:
        self._channel = channel
        self._run = run
        # The thread of each running request.
        self._running: Dict[int, int] = {}
        # Requests to interrupt, and those in which the exception has been raised.
        self._aimed_at: Set[int] = set()
        self._raised: Set[int] = set()
        self._aiming = threading.Lock()
        self._counting = threading.Lock()
        channel.on_interrupt = self.interrupt

    def begin(self, request_id: int) -> None:
        """The calling thread begins this request."""
        self._running[request_id] = threading.get_ident()
        self._count()

    def end(self, request_id: int) -> None:
        """The calling thread has ended this request. May be called twice."""
        self._running.pop(request_id, None)
        self._count()
        # interrupt() first adds to _aimed_at, then reads _running, so at least one side sees the other.
        if request_id in self._aimed_at:
            with self._aiming:
                _raise_in(threading.get_ident(), None)

    def _count(self) -> None:
        with self._counting:
            self._channel.page.words[RUNNING] = len(self._running)

    def interrupt(self, request_id: int) -> None:
        """Raise in the thread that runs a request.

        If the id is 0, raise in all threads, because they hang after a response.
        """
        for each in [request_id] if request_id else list(self._running):
            self._aimed_at.add(each)
            with self._aiming:
                self._interrupt(each)

    def _interrupt(self, request_id: int) -> None:
        thread = self._running.get(request_id)
        if thread is None or request_id in self._raised:
            return
        # While we hold the locks, no thread can be in the code that they protect.
        with self._channel.all_locks():
            if not self._in_application(thread):
                return
            self._raised.add(request_id)
            _raise_in(thread, RequestTimeout)
            if not self._in_application(thread):  # it has left the application since the previous line
                _raise_in(thread, None)

    def _in_application(self, thread: int) -> bool:
        return in_application(sys._current_frames().get(thread), self._run)


def _raise_in(thread: int, kind: Optional[type]) -> None:
    """Raise an exception in a thread as soon as it runs Python code again. None cancels a pending exception."""
    try:
        import ctypes
    except ImportError:  # a Python built without it
        return
    error = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
