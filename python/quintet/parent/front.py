"""One front: a Node process, from its start to its end."""

from __future__ import annotations

import errno
import itertools
import json
import os
import signal
import socket
import sys
import time
from typing import Any, Callable, Dict, List, Optional

from ..shared.shape import ProtocolError, check, is_number, is_text, show
from .line import Line, LineEvents, Value
from .listeners import Listener
from .log import LEVELS
from .loop import Loop, Timer
from .system import end_with_parent, killed_for_memory

Answer = Callable[[Value], None]

# What parent and front say to each other; src/master/messages.ts has the same.
PROTOCOL = 1

# How a process has ended that had nothing left to do.
ENDED_WELL = "exit status 0"

# Ours, or for us alone.
_PRIVATE = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")


class FrontEvents:
    """What is told of a front."""

    def front_ready(self, front: Front) -> None:
        """It serves."""

    def front_told(self, front: Front, value: Value) -> None:
        """It says something that was not asked."""

    def front_broken(self, front: Front, error: ProtocolError) -> None:
        """It says what is nothing, and is killed."""

    def front_ended(self, front: Front, how: str) -> None:
        """Its process has ended, and all that it said is read."""


class Front(LineEvents):
    """`state`: booting, ready, draining (another has taken over), stopping (as we or a signal of its own say)."""

    def __init__(self, loop: Loop, events: FrontEvents, index: int, command: List[str], folder: str):
        self.index = index
        self.pid = 0
        self.state = "booting"
        self.version = ""
        self.started = self.heard = time.monotonic()
        self.ready_at: Optional[float] = None
        self.failure: Optional[Value] = None
        self.gone = False
        self._loop = loop
        self._events = events
        self._command = command
        self._folder = folder
        self._numbers = itertools.count(1)
        self._asked: Dict[int, Answer] = {}

    @property
    def serves(self) -> bool:
        """It does what is asked, and will for as long as nobody says otherwise."""
        return self.state == "ready" and not self.gone

    def start(self, listeners: List[Listener], log: Optional[Value], order: Value) -> None:
        """Start the process, and tell it what to do. One that cannot be started has ended."""
        try:
            ours = self._start([each.descriptor(self.index) for each in listeners], log)
        except OSError as error:
            # There are no more processes, descriptors or memory, for now.
            how = "there can be no other process: %s" % error.strerror
            self.gone = True
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.failure = failure(how, "QUINTET_NO_DESCRIPTOR")["error"]
                self.failure["text"] = "quintet: QUINTET_NO_DESCRIPTOR: " + how
            self._loop.later(0, lambda: self._events.front_ended(self, how))
            return
        self._line = Line(self._loop, ours, self)
        self._line.send({"do": "start", "protocol": PROTOCOL, **order})

    def ask(self, do: str, answer: Optional[Answer] = None, seconds: float = 0, **more: Any) -> None:
        """Have it do something. `answer` gets what it says: `ok`, or `error`, also if it ends before it says anything.

        With `seconds` it has so long to answer.
        """
        number = next(self._numbers)
        if self.gone:
            # Another will be started.
            if answer is not None:
                answer(failure("front %d has ended" % self.pid))
            return
        if answer is not None:
            timer: Optional[Timer] = None
            if seconds:
                late = "front %d does not answer" % self.pid
                timer = self._loop.later(seconds, lambda: self._answered(number, failure(late)))
            self._asked[number] = _cancelling(timer, answer)
        self._line.send({"id": number, "do": do, **more})

    def kill(self) -> None:
        """At once."""
        if self.gone:
            return
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def ended(self, status: int) -> None:
        """It has been reaped."""
        self.gone = True
        self._line.read()  # its last words
        how = describe(status)
        for number in list(self._asked):
            self._answered(number, failure("front %d ended: %s" % (self.pid, how)))
        self._line.close()
        self._events.front_ended(self, how)

    def _start(self, listening: List[int], log: Optional[Value]) -> socket.socket:
        ours, its = socket.socketpair()
        with its:
            env = {name: value for name, value in os.environ.items() if name not in _PRIVATE}
            env["QUINTET_FRONT"] = json.dumps({"line": its.fileno(), "listen": listening, "log": log})
            handed = [its.fileno(), *listening, *([log["descriptor"]] if log else [])]
            try:
                self.pid = _spawn(self._command, self._folder, handed, env)
            except OSError:
                ours.close()
                raise
        return ours

    def broken(self, error: ProtocolError) -> None:
        self._events.front_broken(self, error)
        self.kill()

    def told(self, value: Value) -> None:
        self.heard = time.monotonic()
        if "id" in value:
            number = value["id"]
            if type(number) is not int:
                raise ProtocolError("an answer: id is %s" % show(number))
            return self._answered(number, _checked_answer(value))
        told = value.get("tell")
        if told == "failed":
            self.failure = check(value.get("failure"), "failed", {**_FAILURE, "text": is_text})
        elif told == "ready":
            check(value, "ready", {"version": is_text, "deployment": is_deployment})
            self.version = value["version"]
            self.ready_at = self.heard
            if self.state == "booting":
                self.state = "ready"
            self._events.front_ready(self)
        elif told == "touched":
            check(value, "touched", {"file": is_text, "at": is_number})
        elif told == "stopping" and self.state != "draining":
            self.state = "stopping"
        elif not isinstance(told, str):
            raise ProtocolError("tell is %s" % show(told))
        self._events.front_told(self, value)

    def _answered(self, number: int, value: Value) -> None:
        answer = self._asked.pop(number, None)
        if answer is not None:
            answer(value)


_FAILURE = {"code": is_text, "message": is_text, "detail": is_text, "advice": is_text}


def _checked_answer(value: Value) -> Value:
    if "error" in value:
        check(value["error"], "an error", _FAILURE)
    else:
        check(value.get("ok"), "an answer", {})
    return value


def is_deployment(value: object) -> bool:
    """What is served, and how, as far as the parent looks at it."""
    if not isinstance(value, dict):
        return False
    settings, served = value.get("settings"), value.get("served")
    return (
        isinstance(settings, dict)
        and settings.get("logLevel") in LEVELS
        and (settings.get("logFile") is None or is_text(settings["logFile"]))
        and is_number(settings.get("gracefulTimeout"))
        and isinstance(served, dict)
        and is_text(served.get("served"))
        and is_text(served.get("cwd"))
    )


def failure(message: str, code: str = "QUINTET_CONTROL", advice: str = "") -> Value:
    """What is said instead of `ok`."""
    return {"error": {"code": code, "message": message, "detail": "", "advice": advice}}


def describe(status: int) -> str:
    """How a process ended."""
    if not os.WIFSIGNALED(status):
        return "exit status %d" % os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL and killed_for_memory():
        return "killed by SIGKILL, it seems for want of memory (see dmesg)"
    try:
        return "killed by %s" % signal.Signals(number).name
    except ValueError:
        return "killed by signal %d" % number


def _cancelling(timer: Optional[Timer], answer: Answer) -> Answer:
    def answered(value: Value) -> None:
        if timer is not None:
            timer.cancel()
        answer(value)

    return answered


def _spawn(command: List[str], folder: str, descriptors: List[int], env: Dict[str, str]) -> int:
    # A signal that comes before exec would be written to the pipe that we share then, and meant for us.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    sys.stdout.flush()
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    if pid > 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return pid
    try:
        end_with_parent()
        if os.getppid() != parent:
            os._exit(0)
        os.setsid()  # Ctrl-C on the terminal is for the parent
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals():
            if number not in (signal.SIGKILL, signal.SIGSTOP) and signal.getsignal(number) is not None:
                signal.signal(number, signal.SIG_DFL)
        # It keeps this one blocked (--disable-sigusr1); until then it would be ended by it.
        signal.pthread_sigmask(signal.SIG_SETMASK, before | {signal.SIGUSR1})
        for descriptor in descriptors:
            os.set_inheritable(descriptor, True)
        os.chdir(folder)
        os.execve(command[0], command, env)
    except BaseException as error:
        os.write(2, ("quintet: %s cannot be started: %s\n" % (command[0], error)).encode())
    finally:
        os._exit(127)
