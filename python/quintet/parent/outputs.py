"""What programs print that a worker has started and that go on when its front has ended, as after an upgrade.

They print into pipes that the front reads. The parent holds these pipes open, too, and reads them when the front has
ended. Otherwise a program that prints would be ended by SIGPIPE.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Dict

from ..shared.shape import check, is_number, is_text
from .line import Value
from .log import Log
from .loop import Loop

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
# Bytes that are read at once, and after which a line that does not end is logged in pieces.
_PIECE = 65536
_LONGEST = 1024 * 1024
# Seconds between two tries where the log cannot be written.
_PAUSE = 0.05

_OUTPUT = {"path": is_text, "stream": is_text, "worker": is_number}


class Outputs:
    """The pipes, by the pid of their front and their names."""

    def __init__(self, loop: Loop, log: Log) -> None:
        self._loop = loop
        self._log = log
        self._held: Dict[int, Dict[str, _Output]] = {}

    def told(self, front: int, value: Value) -> None:
        """A front has opened one, or that has come to its end."""
        if value["tell"] == "output":
            check(value, "output", _OUTPUT)
            with contextlib.suppress(OSError):  # it has ended meanwhile, or no descriptor is left
                self._hold(front, value["path"], int(value["worker"]))
        elif value["tell"] == "outputEnded":
            check(value, "outputEnded", {"path": is_text})
            held = self._held.get(front, {}).pop(value["path"], None)
            if held is not None:
                os.close(held.descriptor)

    def front_ended(self, front: int) -> None:
        """What is still printed is read here from now on."""
        for output in self._held.pop(front, {}).values():
            self._read(output)

    def _hold(self, front: int, path: str, worker: int) -> None:
        descriptor = os.open(path, _FLAGS)
        held = self._held.setdefault(front, {})
        if path in held or not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.close(descriptor)
        else:
            held[path] = _Output(descriptor, worker)

    def _read(self, output: _Output) -> None:
        self._loop.watch(output.descriptor, lambda: self._readable(output))

    def _readable(self, output: _Output) -> None:
        if self._log.is_full:
            self._loop.unwatch(output.descriptor)
            self._loop.later(_PAUSE, lambda: self._read(output))
            return
        try:
            data = os.read(output.descriptor, _PIECE)
        except BlockingIOError:
            return
        *lines, output.rest = (output.rest + data).split(b"\n")
        if output.rest and (not data or len(output.rest) > _LONGEST):
            lines.append(output.rest)
            output.rest = b""
        for line in lines:
            self._log.info(line.decode("utf-8", "replace"), worker=output.worker)
        if not data:
            self._loop.unwatch(output.descriptor)
            os.close(output.descriptor)


class _Output:
    def __init__(self, descriptor: int, worker: int) -> None:
        self.descriptor = descriptor
        self.worker = worker
        self.rest = b""
