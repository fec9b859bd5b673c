"""A worker never outlives its front, however that ends."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
_F_SETSIG = 10  # in Python's fcntl from 3.11 on only


def tie_to_parent(parent: int) -> None:
    """End with the front, also when that is killed with SIGKILL.

    The kernel does it where it can (Linux, started by the front itself). Otherwise, as under a wrapper command that
    stays in between, the end of standard input tells, which only the front holds open: on Linux the kernel kills us
    then, elsewhere a thread waits for it, which a call of C that keeps Python's lock can hold up.
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
    _kill_at_end(watch)
    threading.Thread(target=_wait, args=(watch,), name="quintet-lifeline", daemon=True).start()


def _parent_death_signal() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)
    except Exception:
        return False


def _kill_at_end(watch: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    import fcntl

    try:
        fcntl.fcntl(watch, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(watch, _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(watch, fcntl.F_SETFL, fcntl.fcntl(watch, fcntl.F_GETFL) | os.O_ASYNC)
    except OSError:
        pass  # a kernel that is not quite Linux; there is the thread


def _wait(watch: int) -> None:
    readable = select.poll()
    readable.register(watch, select.POLLIN)
    while True:
        try:
            # Not read() at once: while somebody waits in it the kernel sends no signal.
            readable.poll()
            if not os.read(watch, 1024):
                os._exit(0)
        except InterruptedError:
            continue
        except OSError:
            os._exit(0)
