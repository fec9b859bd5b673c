"""The named pipes that a worker prints to. Unlike sockets, ``open("/dev/stdout")`` can open them.

Node starts processes with sockets as stdout and stderr.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Dict, List

from ..wire.hello import say_hello

if TYPE_CHECKING:
    from .load import StartUp

# From src/workers/process/output-pipes.ts, by npm run docs:
STREAM_NAMES = ("stdout", "stderr")
# End of src/workers/process/output-pipes.ts.

# The pipes that take_output() has installed, by descriptor.
_taken: Dict[int, os.stat_result] = {}


def take_output(start_up: StartUp) -> None:
    """Create the pipes, have the front open them, and print to them from now on.

    If there are no pipes, stdout and stderr stay as they are. Raises ConnectionError if the front is gone.
    """
    paths = ["%s.%s" % (start_up["output"], name) for name in STREAM_NAMES]
    with ExitStack() as stack:
        try:
            for path in paths:
                os.mkfifo(path, 0o600)
                # Without a writer, the front would see the end of the pipe at once.
                kept = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
                stack.callback(os.close, kept)
            with say_hello(start_up, "output") as asked:
                asked.recv(1)  # the front closes the connection once it has opened the pipes
            for descriptor, path in enumerate(paths, 1):
                if _is_elsewhere(descriptor):
                    continue
                # Open for writing only, so that printing fails when nobody reads any more.
                opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                os.set_blocking(opened, True)
                for each in _same_as(descriptor):
                    os.dup2(opened, each, inheritable=os.get_inheritable(each))
                os.close(opened)
                _taken[descriptor] = os.fstat(descriptor)
        except ConnectionError:
            raise
        except OSError:
            pass  # no space, no descriptor, or a file system without pipes


def _is_elsewhere(descriptor: int) -> bool:
    """Whether the import has redirected it, for example to a file with os.dup2(). Such a redirection is kept."""
    taken = _taken.get(descriptor)
    if taken is None:
        return False
    try:
        return not os.path.samestat(os.fstat(descriptor), taken)
    except OSError:
        return True  # closed


def _same_as(descriptor: int) -> List[int]:
    """This descriptor and those that the import has opened by its name.

    In a fork, all of them must lead to the fork's own pipe.
    """
    before = os.fstat(descriptor)
    if not stat.S_ISFIFO(before.st_mode):
        return [descriptor]
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return [descriptor]  # not Linux
    found = [descriptor]
    for each in map(int, names):
        with suppress(OSError):  # the descriptor of the listed folder is closed by now
            if each not in (1, 2) and os.path.samestat(os.fstat(each), before):
                found.append(each)
    return found
