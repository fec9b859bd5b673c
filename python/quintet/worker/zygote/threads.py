"""The threads that run beside the main thread. A fork would lose them."""

from __future__ import annotations

import os
import threading
import time
from typing import List

from ..lifeline import LIFELINE_THREAD

# How long threads that the application has just joined may take to end.
_THREAD_END_SECONDS = 0.1
# Python's own, even if gevent replaces it during the import.
_sleep = time.sleep


def other_threads() -> List[str]:
    """The names of these threads. A thread that Python does not know appears as "a library's"."""
    deadline = time.monotonic() + _THREAD_END_SECONDS
    while True:
        running = threading.enumerate()
        lifelines = [thread for thread in running if thread.name == LIFELINE_THREAD]
        others = [
            thread.name for thread in running if thread is not threading.main_thread() and thread not in lifelines
        ]
        try:
            # Counted by the kernel, less this one: eventlet hides the main thread among its own.
            count = len(os.listdir("/proc/self/task")) - 1 - len(lifelines)
        except OSError:
            count = len(others)
        if count == 0:
            return []
        if time.monotonic() > deadline:
            return others + ["a library's"] * (count - len(others))
        _sleep(_THREAD_END_SECONDS / 10)
