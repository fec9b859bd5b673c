"""Ties a worker to its front: the worker ends when the front does, even if the front is killed."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading

from ..shared.prctl import PR_SET_PDEATHSIG, find_prctl

# The name of the thread that waits for the end of the front if the kernel cannot notify us.
LIFELINE_THREAD = "quintet-lifeline"
_F_SETSIG = 10  # fcntl.F_SETSIG exists from Python 3.11 on


def tie_to_parent(parent: int) -> None:
    """End with the front, even if it is killed with SIGKILL. Standard input is replaced by /dev/null.

    On Linux the kernel signals the death of the parent. If a wrapper command stays between them, the front is not the
    parent. In that case the end of standard input shows the end of the front, which alone holds the other end.

    ``parent``: the pid of the front.
    """
    watch = os.dup(0)
    os.set_inheritable(watch, False)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    if os.getppid() == parent and _parent_death_signal():
        if os.getppid() != parent:  # the front died before prctl()
            os._exit(0)
        return
    tie_to_end(watch)


def tie_to_end(watch: int) -> None:
    """End when the other end of a connection is closed. Nothing is ever sent over it.

    On Linux the kernel kills this process. On other systems a thread waits, which C code that holds the GIL can delay.

    ``watch``: the descriptor.
    """
    if not kill_at_end(watch):
        threading.Thread(target=_wait, args=(watch,), name=LIFELINE_THREAD, daemon=True).start()


def _parent_death_signal() -> bool:
    prctl = find_prctl()
    return prctl is not None and prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0


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
        return False  # a kernel that only imitates Linux
    ended = select.poll()
    ended.register(watch, select.POLLIN)
    if ended.poll(0):  # it was closed before we asked the kernel
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
