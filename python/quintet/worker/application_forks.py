"""Processes that the application forks. They belong to the application and never serve requests.

When the application's code returns in such a process, the process ends, like a program after its last line.
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
from ..wire.disowned import ForkedChild
from .exit import end_child
from .lifeline import kill_at_end


class _State:
    """What the hooks of fork() share."""

    def __init__(self) -> None:
        # Whether the application has forked this process.
        self.is_child = False
        self.lock = threading.Lock()
        # A pipe that ends with this process, which alone holds the writing end. Children watch the other end.
        self.pipe: Optional[List[int]] = None
        self.disown: List[Callable[[], None]] = []


_state = _State()


def on_fork(disown: Callable[[], None]) -> None:
    """Call ``disown`` in each process that the application forks from now on."""
    _state.disown.append(disown)


def own_descriptors() -> List[int]:
    """Descriptors that we have opened because the application has forked."""
    return list(_state.pipe or ())


def end_if_child(error: Optional[BaseException] = None) -> None:
    """End this process if the application has forked it. Call this when its code has returned or raised ``error``."""
    if _state.is_child:
        end_forked(error)


def end_forked(error: Optional[BaseException] = None) -> NoReturn:
    """End a process that the application has forked, with the exit status that Python would give it."""
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
    """Before a fork: open the pipe that shows a child the end of this process."""
    with _state.lock:
        if _state.pipe is None:
            with suppress(OSError):  # no descriptor is left; the fork itself needs none
                _state.pipe = list(os.pipe())


def after_fork(is_worker: bool) -> None:
    """Set up the new process. ``is_worker``: whether the zygote forked it, not the application."""
    pipe, _state.pipe, _state.lock = _state.pipe, None, threading.Lock()
    if pipe is not None:
        os.close(pipe[1])
        if not is_worker and _by_multiprocessing():
            _end_with(pipe[0])
        os.close(pipe[0])
    if is_worker:
        return
    _state.is_child = True
    # Drop these functions, which were registered for the worker. multiprocessing does the same.
    atexit._clear()
    for disown in _state.disown:
        disown()


def _by_multiprocessing() -> bool:
    """Whether multiprocessing has forked this process. Other forks may outlive their worker."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        if frame.f_globals.get("__name__", "").endswith(".popen_fork"):
            return True
        frame = frame.f_back
    return False


def _end_with(reading: int) -> None:
    """Have the kernel kill this process when the process at the other end of a pipe has ended.

    The pipe is opened again, because the kernel notifies only one process for each open file description, which forks
    share.
    """
    try:
        own = os.open("/proc/self/fd/%d" % reading, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # not Linux, or no descriptor is left
    if not kill_at_end(own):
        os.close(own)
