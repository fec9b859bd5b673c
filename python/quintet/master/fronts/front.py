"""One front: a Node process, from its start to its end."""

from __future__ import annotations

import errno
import itertools
import json
import os
import signal
import socket
import time
from typing import Any, Dict, List, NamedTuple, Optional

from ...shared.shape import ProtocolError, show
from ..control.table import PROTOCOL
from ..listen.listeners import Listener
from ..system.json_lines import JsonLines, JsonLinesListener, Value
from ..system.loop import Loop, Timer
from ..system.tasks import Pending
from .messages import check_answer, check_message, failure
from .spawn import describe_exit, spawn

# Environment variables that fronts must not inherit.
_PRIVATE = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")


class FrontListener:
    """Is notified of what happens to a front."""

    def front_ready(self, front: Front) -> None:
        """It serves."""

    def front_told(self, front: Front, name: str, message: Value) -> None:
        """It has sent a message without being asked."""

    def front_broke_protocol(self, front: Front, error: ProtocolError) -> None:
        """It sent an invalid message. It is killed after this call."""

    def front_ended(self, front: Front, how: str) -> None:
        """Its process has ended, and everything that it sent has been read."""


class _Question(NamedTuple):
    answer: Pending[Value]
    timer: Optional[Timer]


class Front(JsonLinesListener):
    """`state` is one of

    - booting: it does not serve yet
    - ready: it serves
    - draining: other fronts have taken its place, and it finishes its requests
    - stopping: it was told to stop, by the master or by a signal sent to it
    """

    def __init__(self, loop: Loop, listener: FrontListener, index: int, command: List[str], folder: str):
        self.index = index
        self.pid = 0
        self.state = "booting"
        self.version = ""
        self.started_at = self.heard_at = time.monotonic()
        self.ready_at: Optional[float] = None
        # Why it could not start, if it reported that.
        self.failure: Optional[Value] = None
        self.ended = False
        self._loop = loop
        self._listener = listener
        self._command = command
        self._folder = folder
        self._numbers = itertools.count(1)
        self._questions: Dict[int, _Question] = {}

    @property
    def serves(self) -> bool:
        """Whether it serves, and was not told to drain or stop."""
        return self.state == "ready" and not self.ended

    def start(self, listeners: List[Listener], log: Optional[Value], order: Value) -> None:
        """Start the process and order it to serve. If that fails, the front counts as ended."""
        try:
            ours = self._spawn([each.descriptor(self.index) for each in listeners], log)
        except OSError as error:
            # There is no free process, descriptor or memory at the moment.
            how = "no other process can be started: %s" % error.strerror
            self.ended = True
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.failure = failure(how, "QUINTET_NO_DESCRIPTOR")["error"]
                self.failure["text"] = "quintet: QUINTET_NO_DESCRIPTOR: " + how
            self._loop.later(0, lambda: self._listener.front_ended(self, how))
            return
        self._lines = JsonLines(self._loop, ours, self)
        self._lines.send({"do": "start", "protocol": PROTOCOL, **order})

    def order(self, do: str, seconds: float = 0, **fields: Any) -> Pending[Value]:
        """Send an order. The answer has `ok` or `error`. If the front ends first, it is an error.

        With `seconds`, the answer is an error if the front has not answered by then.
        """
        answer: Pending[Value] = Pending()
        if self.ended:
            answer.resolve(failure("front %d has ended" % self.pid))
            return answer
        number = next(self._numbers)
        timer: Optional[Timer] = None
        if seconds:
            late = failure("front %d does not answer" % self.pid)
            timer = self._loop.later(seconds, lambda: self._answered(number, late))
        self._questions[number] = _Question(answer, timer)
        self._lines.send({"id": number, "do": do, **fields})
        return answer

    def kill(self) -> None:
        """Kill the process. Its end is reported when it is reaped."""
        if self.ended:
            return
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def reaped(self, status: int) -> None:
        """The process has ended with this status of waitpid."""
        self.ended = True
        self._lines.read()  # what it sent last
        how = describe_exit(status)
        for number in list(self._questions):
            self._answered(number, failure("front %d ended: %s" % (self.pid, how)))
        self._lines.close()
        self._listener.front_ended(self, how)

    def broken(self, error: ProtocolError) -> None:
        self._listener.front_broke_protocol(self, error)
        self.kill()

    def received(self, value: Value) -> None:
        self.heard_at = time.monotonic()
        if "id" in value:
            number = value["id"]
            if type(number) is not int:
                raise ProtocolError("an answer: id is %s" % show(number))
            return self._answered(number, check_answer(value))
        name = check_message(value)
        if name == "failed":
            self.failure = value["failure"]
        elif name == "stopping" and self.state != "draining":
            self.state = "stopping"
        elif name == "ready":
            self.version = value["version"]
            self.ready_at = self.heard_at
            if self.state == "booting":
                self.state = "ready"
            self._listener.front_ready(self)
        self._listener.front_told(self, name, value)

    def _spawn(self, listening: List[int], log: Optional[Value]) -> socket.socket:
        ours, its = socket.socketpair()
        with its:
            env = {name: value for name, value in os.environ.items() if name not in _PRIVATE}
            env["QUINTET_FRONT"] = json.dumps({"line": its.fileno(), "listen": listening, "log": log})
            inherited = [its.fileno(), *listening, *([log["descriptor"]] if log else [])]
            try:
                self.pid = spawn(self._command, self._folder, inherited, env)
            except OSError:
                ours.close()
                raise
        return ours

    def _answered(self, number: int, value: Value) -> None:
        question = self._questions.pop(number, None)
        if question is None:
            return
        if question.timer is not None:
            question.timer.cancel()
        question.answer.resolve(value)
