"""A worker never outlives its front, however that ends."""

from __future__ import annotations

import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1


def tie_to_parent(parent: int) -> None:
    """End with the front, also when that is killed with SIGKILL.

    The kernel does it where it can (Linux, started by the front itself). Otherwise, as under a wrapper command that
    stays in between, a thread waits for the end of standard input, a pipe that only the front holds open.
    """
    watch = os.dup(0)
    os.set_inheritable(watch, False)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    if os.getppid() == parent and _parent_death_signal():
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(0)
        return
    threading.Thread(target=_wait, args=(watch,), name="quintet-lifeline", daemon=True).start()


def _parent_death_signal() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)
    except Exception:
        return False


def _wait(watch: int) -> None:
    while True:
        try:
            if not os.read(watch, 1024):
                os._exit(0)
        except InterruptedError:
            continue
        except OSError:
            os._exit(0)
