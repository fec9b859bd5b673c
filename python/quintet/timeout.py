"""The exception that is raised in a request that has run out of time, and its way into the application's code."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType
from typing import Any, Callable, Dict, Optional, Set

from . import file_wrapper
from .channel import Channel
from .page import INTERRUPT, RUNNING, Page

# As in src/workers/process/signals.ts. The last signals but one are free of any other meaning in common libraries.
SIGNAL = 62 if sys.platform.startswith("linux") else signal.SIGXCPU


class RequestTimeout(KeyboardInterrupt):
    """The request has taken longer than the setting ``timeout``, and its client has been answered.

    It is raised inside the application's code, at whatever line that is, at most once a request; what the application
    still answers is dropped. No ``except Exception`` catches it. It is a KeyboardInterrupt since that is what libraries
    expect to be raised anywhere: psycopg then cancels the query at the server, asyncio lets it through.
    """

    def __init__(self) -> None:
        super().__init__("the request has taken longer than `timeout`; its client has been answered")


def in_application(frame: Optional[FrameType], run: Callable[..., Any]) -> bool:
    """Whether a thread is in code of the application that ``run`` has called, and not in what that has called of ours.

    Looked up when it matters, so that no request pays for a note of where it is.
    """
    inside = False
    while frame is not None:
        module = frame.f_globals
        if module.get("__package__") == __package__ and module.get("__name__") != file_wrapper.__name__:
            return inside and frame.f_code is run.__code__
        inside = True
        frame = frame.f_back
    return False


def interrupt_by_signal(page: Page, running: Callable[[], int], run: Callable[..., Any]) -> None:
    """For an application that runs in the main thread: there a signal's handler may raise, which also ends what waits.

    The front names the request in the page, then sends the signal, and repeats that: whoever is in our own code just
    then is not interrupted there.
    """
    raised = 0

    def on_signal(_: int, frame: Optional[FrameType]) -> None:
        nonlocal raised
        number = page.words[INTERRUPT]
        if number != raised and number == running() and in_application(frame, run):
            raised = number
            raise RequestTimeout

    signal.signal(SIGNAL, on_signal)


class Threads:
    """The threads that run requests. The main thread, which only reads, interrupts them.

    A request that has been named here is followed by no other in its thread: the front has taken back, before,
    whatever this worker had not begun.
    """

    def __init__(self, channel: Channel, run: Callable[..., Any]) -> None:
        self._channel = channel
        self._run = run
        self._running: Dict[int, int] = {}
        self._aimed_at: Set[int] = set()
        self._raised: Set[int] = set()
        self._aiming = threading.Lock()
        self._counting = threading.Lock()
        channel.on_interrupt = self.interrupt

    def begin(self, number: int) -> None:
        """The calling thread runs this request."""
        self._running[number] = threading.get_ident()
        self._count()

    def end(self, number: int) -> None:
        """It does no more. May be called twice."""
        self._running.pop(number, None)
        self._count()
        if number in self._aimed_at:  # noted before it is looked whether it runs: one of the two sees the other
            with self._aiming:
                _raise_in(threading.get_ident(), None)

    def _count(self) -> None:
        with self._counting:
            self._channel.page.words[RUNNING] = len(self._running)

    def interrupt(self, number: int) -> None:
        """Raise in the thread that runs a request; 0 if all threads hang in what follows a response."""
        for each in [number] if number else list(self._running):
            self._aimed_at.add(each)
            with self._aiming:
                self._interrupt(each)

    def _interrupt(self, number: int) -> None:
        thread = self._running.get(number)
        if thread is None or number in self._raised:
            return
        # Meanwhile nobody is inside what these locks protect, nor gets there.
        with self._channel.held():
            if not self._in_application(thread):
                return
            self._raised.add(number)
            _raise_in(thread, RequestTimeout)
            if not self._in_application(thread):  # it has gone on between the two lines
                _raise_in(thread, None)

    def _in_application(self, thread: int) -> bool:
        return in_application(sys._current_frames().get(thread), self._run)


def _raise_in(thread: int, kind: Optional[type]) -> None:
    """Have an exception raised in a thread as soon as that runs Python code again; None takes it back."""
    try:
        import ctypes
    except ImportError:  # a Python that was built without it
        return
    error = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
