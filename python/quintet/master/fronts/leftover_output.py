"""Logs the output of programs that workers have started and that outlive their front, for example after an upgrade.

They print into pipes that the front reads. The master holds these pipes open, too, and reads them once the front has
ended. Without that, SIGPIPE would end a program that prints.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Dict

from ..system.log import Log
from ..system.loop import Loop

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_BYTES = 65536
# A longer line is logged in pieces.
MAX_LINE_BYTES = 1024 * 1024
# Seconds until a pipe is read again when the log cannot be written.
LOG_FULL_PAUSE_SECONDS = 0.05


class LeftoverOutput:
    """The pipes, by the pid of their front and their paths."""

    def __init__(self, loop: Loop, log: Log) -> None:
        self._loop = loop
        self._log = log
        self._held: Dict[int, Dict[str, _Pipe]] = {}

    def opened(self, front: int, path: str, worker: int) -> None:
        """Hold a pipe that a front reads, and to which this worker's programs print."""
        with contextlib.suppress(OSError):  # the pipe has ended meanwhile, or no descriptor is left
            self._hold(front, path, worker)

    def ended(self, front: int, path: str) -> None:
        """Close a pipe that nobody prints to any more."""
        pipe = self._held.get(front, {}).pop(path, None)
        if pipe is not None:
            os.close(pipe.descriptor)

    def front_ended(self, front: int) -> None:
        """From now on, read the front's pipes here."""
        for pipe in self._held.pop(front, {}).values():
            self._read(pipe)

    def _hold(self, front: int, path: str, worker: int) -> None:
        descriptor = os.open(path, _FLAGS)
        held = self._held.setdefault(front, {})
        if path in held or not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.close(descriptor)
        else:
            held[path] = _Pipe(descriptor, worker)

    def _read(self, pipe: _Pipe) -> None:
        self._loop.watch(pipe.descriptor, lambda: self._readable(pipe))

    def _readable(self, pipe: _Pipe) -> None:
        if self._log.is_full:
            self._loop.unwatch(pipe.descriptor)
            self._loop.later(LOG_FULL_PAUSE_SECONDS, lambda: self._read(pipe))
            return
        try:
            data = os.read(pipe.descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        *lines, pipe.rest = (pipe.rest + data).split(b"\n")
        if pipe.rest and (not data or len(pipe.rest) > MAX_LINE_BYTES):
            lines.append(pipe.rest)
            pipe.rest = b""
        for line in lines:
            self._log.info(line.decode("utf-8", "replace"), worker=pipe.worker)
        if not data:
            self._loop.unwatch(pipe.descriptor)
            os.close(pipe.descriptor)


class _Pipe:
    def __init__(self, descriptor: int, worker: int) -> None:
        self.descriptor = descriptor
        self.worker = worker
        self.rest = b""
