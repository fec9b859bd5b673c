"""Where a worker prints to: pipes with a name, which ``open("/dev/stdout")`` can open again.

What Node starts a process with are sockets, and those cannot be opened.
"""

from __future__ import annotations

import os
import socket
import stat
from contextlib import ExitStack, suppress
from typing import Any, Callable, Dict, List

# As in src/workers/process/output-pipes.ts.
_NAMES = ("stdout", "stderr")

# What each of the two has led to since it was taken.
_taken: Dict[int, os.stat_result] = {}


def take_output(options: Dict[str, Any], say_hello: Callable[[Dict[str, Any], str], socket.socket]) -> None:
    """Make the pipes, and print to them from now on, once the front reads them. Where it cannot be all stays as it is.

    Raises ConnectionError if the front is gone.
    """
    paths = ["%s.%s" % (options["output"], name) for name in _NAMES]
    with ExitStack() as stack:
        try:
            for path in paths:
                os.mkfifo(path, 0o600)
                # As long as nobody could write to it, it would be at its end for the front.
                kept = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
                stack.callback(os.close, kept)
            with say_hello(options, "output") as asked:
                asked.recv(1)  # closed by the front as soon as it has opened them
            for descriptor, path in enumerate(paths, 1):
                if _is_elsewhere(descriptor):
                    continue
                # Not that for reading, too: when nobody reads any more, whoever prints is to be told.
                opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                os.set_blocking(opened, True)
                for each in _same_as(descriptor):
                    os.dup2(opened, each, inheritable=os.get_inheritable(each))
                os.close(opened)
                _taken[descriptor] = os.fstat(descriptor)
        except ConnectionError:
            raise
        except OSError:
            pass  # no room, no descriptor, or a file system without pipes


def _is_elsewhere(descriptor: int) -> bool:
    """Whether the import has led it to somewhere else: with os.dup2(), say, to a file of its own. There it stays."""
    taken = _taken.get(descriptor)
    if taken is None:
        return False
    try:
        return not os.path.samestat(os.fstat(descriptor), taken)
    except OSError:
        return True  # closed


def _same_as(descriptor: int) -> List[int]:
    """This one, and those that the import has opened by the name of it: a fork is to print to its own."""
    before = os.fstat(descriptor)
    if not stat.S_ISFIFO(before.st_mode):
        return [descriptor]
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return [descriptor]  # not Linux
    found = [descriptor]
    for each in map(int, names):
        with suppress(OSError):  # that of the folder, which is closed again
            if each not in (1, 2) and os.path.samestat(os.fstat(each), before):
                found.append(each)
    return found
