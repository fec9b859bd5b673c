"""What the operating system does for the master; much of it only on Linux, through prctl(2)."""

from __future__ import annotations

import contextlib
import os
import resource
import signal

from ...shared.child_processes import child_pids, is_of_multiprocessing
from ...shared.prctl import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, find_prctl

_prctl = find_prctl()


def adopt_orphans() -> None:
    """Adopt processes that a front, a zygote or the application leaves behind. Process 1 adopts them anyway."""
    if _prctl is not None:
        _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans() -> None:
    """Kill programs that ended workers had started through multiprocessing. Their other programs keep running."""
    for pid in child_pids():
        if is_of_multiprocessing(pid):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def end_with_parent() -> None:
    """Have the kernel kill this process when its parent ends.

    On other systems a front notices that its connection closes.
    """
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _kills() -> int:
    try:
        with open("/proc/vmstat", "rb") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(b"oom_kill "))
    except (OSError, StopIteration):
        return 0  # this kernel does not count them


_last_kills = _kills()


def killed_for_memory() -> bool:
    """Whether the kernel has killed a process for lack of memory since the last call."""
    global _last_kills
    before, _last_kills = _last_kills, _kills()
    return _last_kills > before


def raise_descriptor_limit() -> None:
    """Raise the limit of file descriptors as far as allowed, as Node does: each worker needs some."""
    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def in_foreground() -> bool:
    """Whether this process is in the foreground of a terminal, so that the terminal sends it signals."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False  # there is none
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
