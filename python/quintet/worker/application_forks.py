"""Processes that the application forks: they are its own, and never serve.

What comes back from the application's code in such a process ends it, as a program ends that has come to its last line.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any, Callable, List, NoReturn, Optional

from ..shared.standard_streams import complain
from ..wire.channel import ForkedChild
from .exit import end_child
from .lifeline import kill_at_end


class _State:
    """What the hooks below share. `pipe` is held open by this process only: its end tells that of this process."""

    def __init__(self) -> None:
        self.is_child = False
        self.lock = threading.Lock()
        self.pipe: Optional[List[int]] = None
        self.disown: List[Callable[[], None]] = []


_state = _State()


def on_fork(disown: Callable[[], None]) -> None:
    """Have something called in each process that the application forks from now on."""
    _state.disown.append(disown)


def own_descriptors() -> List[int]:
    """Those that are open because the application has forked, and that it has not opened."""
    return list(_state.pipe or ())


def end_if_child(error: Optional[BaseException] = None) -> None:
    """The application's code has returned, or raised: if its process is one that it has forked, that was all."""
    if _state.is_child:
        end_forked(error)


def end_forked(error: Optional[BaseException] = None) -> NoReturn:
    """End a process that the application has forked, with the status that Python would give it."""
    status = 0
    if isinstance(error, SystemExit):
        if error.code is not None:
            status = error.code & 0xFF if isinstance(error.code, int) else 1
        if status == 1 and not isinstance(error.code, int):
            complain(str(error.code))
    elif error is not None and not isinstance(error, ForkedChild):
        complain("".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip())
        status = 1
    end_child(status)


def before_fork() -> None:
    """Prepare for a child that is to end with this process."""
    with _state.lock:
        if _state.pipe is None:
            with suppress(OSError):  # no descriptor is left: the fork itself needs none
                _state.pipe = list(os.pipe())


def after_fork(is_worker: bool) -> None:
    """In the new process."""
    pipe, _state.pipe, _state.lock = _state.pipe, None, threading.Lock()
    if pipe is not None:
        os.close(pipe[1])
        if not is_worker and _by_multiprocessing():
            _end_with(pipe[0])
        os.close(pipe[0])
    if is_worker:
        return
    _state.is_child = True
    # They were registered for the process that this one comes from. multiprocessing does the same.
    atexit._clear()
    for disown in _state.disown:
        disown()


def _by_multiprocessing() -> bool:
    """Whether multiprocessing has forked this process; another that the application forks may outlive its worker."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        if frame.f_globals.get("__name__", "").endswith(".popen_fork"):
            return True
        frame = frame.f_back
    return False


def _end_with(reading: int) -> None:
    """Be killed when the process at the other end of a pipe has ended, however it does.

    The descriptor is opened anew, for whom the kernel tells is a property of what is open, and all children share that.
    """
    try:
        own = os.open("/proc/self/fd/%d" % reading, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # not Linux, or no descriptor is left
    if not kill_at_end(own):
        os.close(own)
