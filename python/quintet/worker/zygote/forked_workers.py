"""The workers that the zygote has forked. Reports to the front how each ends."""

from __future__ import annotations

import os
import select
import signal
import socket
from typing import TYPE_CHECKING, Dict, Mapping, Optional, Tuple

from ...wire import frames
from ..exit import end
from .orders import Orders

if TYPE_CHECKING:
    from ...wire.messages import Exited, Forked

# Python's own, even if gevent replaces them during the import: the zygote runs no greenlets.
_poll, _waitpid = select.poll, os.waitpid
# How often to look for ended workers if there are no pidfds.
_POLL_INTERVAL_MS = 50


class ForkedWorkers:
    """The pids of running workers, each with a pidfd if the system supports them."""

    def __init__(self, front: socket.socket) -> None:
        self._front = front
        self._pidfds: Dict[int, Optional[int]] = {}

    def add(self, worker_id: int, pid: int) -> None:
        """A worker was forked."""
        self._pidfds[pid] = _open_pidfd(pid)
        forked: Forked = {"id": worker_id, "pid": pid}
        self._send(frames.FORKED, forked)

    def not_forked(self, worker_id: int, error: OSError) -> None:
        """The fork failed."""
        forked: Forked = {"id": worker_id, "pid": 0, "error": str(error)}
        self._send(frames.FORKED, forked)

    def wait(self, orders: Orders) -> None:
        """Report workers that end until there is an order to read."""
        while not orders.waiting:
            poll = _poll()
            poll.register(self._front, select.POLLIN)
            timeout = None
            for pidfd in self._pidfds.values():
                if pidfd is None:
                    timeout = _POLL_INTERVAL_MS
                else:
                    poll.register(pidfd, select.POLLIN)
            ready = [descriptor for descriptor, _ in poll.poll(timeout)]
            self._reap()
            if self._front.fileno() in ready:
                return

    def close(self) -> None:
        """In a fork: close the pidfds, which are the zygote's."""
        for pidfd in self._pidfds.values():
            if pidfd is not None:
                os.close(pidfd)

    def _reap(self) -> None:
        # Reap only our workers: the application may have started processes during the import.
        for pid, pidfd in list(self._pidfds.items()):
            code, signal_name = None, None
            try:
                ended, status = _waitpid(pid, os.WNOHANG)
                if ended == 0:
                    continue
                code, signal_name = _exit_of(status)
            except ChildProcessError:
                pass  # the application has reaped it, so how it ended is unknown
            del self._pidfds[pid]
            if pidfd is not None:
                os.close(pidfd)
            exited: Exited = {"pid": pid, "code": code, "signal": signal_name}
            self._send(frames.EXITED, exited)

    def _send(self, kind: int, message: Mapping[str, object]) -> None:
        try:
            self._front.sendall(frames.json_frame(kind, 0, message))
        except ConnectionError:
            end(0)  # the front is gone


def _open_pidfd(pid: int) -> Optional[int]:
    try:
        return os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    except OSError:
        return None


def _exit_of(status: int) -> Tuple[Optional[int], Optional[str]]:
    """The exit code, or the name of the signal."""
    if not os.WIFSIGNALED(status):
        return os.WEXITSTATUS(status), None
    number = os.WTERMSIG(status)
    try:
        return None, signal.Signals(number).name
    except ValueError:
        return None, "signal %d" % number
