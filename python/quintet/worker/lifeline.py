"""A worker never outlives its front, however that ends."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
LIFELINE_THREAD = "quintet-lifeline"  # the name of the thread where there is one
_F_SETSIG = 10  # in Python's fcntl from 3.11 on only


def tie_to_parent(parent: int) -> None:
    """End with the front, also when that is killed with SIGKILL.

    The kernel does it where it can (Linux, started by the front itself). Otherwise, as under a wrapper command that
    stays in between, the end of standard input tells, which only the front holds open.
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
    tie_to_end(watch)


def tie_to_end(watch: int) -> None:
    """End when the other side of a socket is closed, over which nothing is ever sent and which nobody else has.

    On Linux the kernel kills us then. Elsewhere a thread waits for it, which a call of C that keeps Python's lock can
    hold up.
    """
    if not kill_at_end(watch):
        threading.Thread(target=_wait, args=(watch,), name=LIFELINE_THREAD, daemon=True).start()


def _parent_death_signal() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)
    except Exception:
        return False


def kill_at_end(watch: int) -> bool:
    """Have the kernel kill this process when the other end of a socket or a pipe is closed. False if it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        fcntl.fcntl(watch, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(watch, _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(watch, fcntl.F_SETFL, fcntl.fcntl(watch, fcntl.F_GETFL) | os.O_ASYNC)
    except OSError:
        return False  # a kernel that is not quite Linux
    ended = select.poll()
    ended.register(watch, select.POLLIN)
    if ended.poll(0):  # before the kernel was asked
        os._exit(0)
    return True


def _wait(watch: int) -> None:
    while True:
        try:
            if not os.read(watch, 1024):
                os._exit(0)
        except InterruptedError:
            continue
        except OSError:
            os._exit(0)
