"""Finds threads other than the main thread, which a fork would lose."""

from __future__ import annotations

import os
import threading
import time
from typing import List

from ..lifeline import LIFELINE_THREAD

# How long to wait for threads that the application has just joined to end.
_THREAD_END_SECONDS = 0.1
# Python's own, even if gevent replaces it during the import.
_sleep = time.sleep


def other_threads() -> List[str]:
    """The names of the other threads. A thread that Python does not know is called "a library's"."""
    deadline = time.monotonic() + _THREAD_END_SECONDS
    while True:
        running = threading.enumerate()
        lifelines = [thread for thread in running if thread.name == LIFELINE_THREAD]
        others = [
            thread.name for thread in running if thread is not threading.main_thread() and thread not in lifelines
        ]
        try:
            # Use the kernel's count, minus this thread, because eventlet hides the main thread among its own.
            count = len(os.listdir("/proc/self/task")) - 1 - len(lifelines)
        except OSError:
            count = len(others)
        if count == 0:
            return []
        if time.monotonic() > deadline:
            return others + ["a library's"] * (count - len(others))
        _sleep(_THREAD_END_SECONDS / 10)
