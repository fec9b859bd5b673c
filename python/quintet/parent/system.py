"""What the system can do for a parent, much of it only Linux, through prctl(2)."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from typing import Callable, List, Optional

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
# What is among the arguments of such processes; as in src/workers/process/multiprocessing-children.ts.
_OF_MULTIPROCESSING = (b"--multiprocessing-fork", b"from multiprocessing.forkserver import")


def _find_prctl() -> Optional[Callable[..., int]]:
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        return ctypes.CDLL(None).prctl
    except Exception:
        return None  # a Python without ctypes


_prctl = _find_prctl()


def adopt_orphans() -> None:
    """What a front, a zygote or the application leaves behind comes to us and is reaped; process 1 gets it anyway."""
    if _prctl is not None:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> List[str]:
    """Those of this process, also what has been left to it; none where the system does not tell."""
    try:
        with open("/proc/self/task/%d/children" % os.getpid()) as file:
            return file.read().split()
    except OSError:
        return []


def end_orphans() -> None:
    """Kill what a worker that is no more has started through multiprocessing; its other programs go on."""
    for pid in children():
        with contextlib.suppress(OSError):
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                line = file.read()
            if any(each in line for each in _OF_MULTIPROCESSING):
                os.kill(int(pid), signal.SIGKILL)


def end_with_parent() -> None:
    """Be killed when the process that has started this one ends. Elsewhere than on Linux its line tells."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _kills() -> int:
    try:
        with open("/proc/vmstat", "rb") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(b"oom_kill "))
    except (OSError, StopIteration):
        return 0  # it does not say


_last_kills = _kills()


def killed_for_memory() -> bool:
    """Whether the kernel has killed a process since this was asked last, because there was no memory left."""
    global _last_kills
    before, _last_kills = _last_kills, _kills()
    return _last_kills > before


def raise_descriptor_limit() -> None:
    """Have as many descriptors as may be, as Node does: some are needed for each worker."""
    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def name_process(name: str) -> None:
    """What `ps` shows."""
    try:
        with open("/proc/self/comm", "w") as file:
            file.write(name)
    except OSError:
        pass


def in_foreground() -> bool:
    """Whether a terminal sends its own signals to this process."""
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
