"""The socket by which `quintet status`, `reload`, `stop` and others reach this server (src/cli/control-client.ts)."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import Callable, Set

from ..shared.shape import ProtocolError, show
from .folder import NoFolder, check_folder, make_folder
from .front import Answer, failure
from .line import QUESTION_MOST, Line, LineEvents, Value
from .log import Log
from .loop import Loop

Do = Callable[[Value, Answer], None]

# Seconds in which whoever connects has to say what it wants, and then to take the answer.
PATIENCE = 5.0
# Connections at once.
CALLERS_MOST = 64
# Seconds between two attempts to accept one when no descriptor is left.
PAUSE = 1.0


class Control:
    """One question a connection, and its answer. It is this user's alone."""

    def __init__(self, loop: Loop, log: Log, folder: str, do: Do) -> None:
        self._loop = loop
        self._log = log
        self._do = do
        self._callers: Set[Caller] = set()
        self._path = ""
        if not folder:
            return
        try:
            make_folder(folder, None)
            check_folder(folder)
        except (NoFolder, OSError) as error:
            return log.warn(
                "quintet status and reload cannot reach this server: %s"
                " Name another folder with --control, or none with --control off." % error,
                code="QUINTET_CONTROL",
            )
        path = os.path.join(folder, "%d.sock" % os.getpid())
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            # Until it listens its name is another one: a command takes a socket that refuses it for a dead server's.
            made = path + ".new"
            if os.path.lexists(made):
                os.unlink(made)  # of a process that had our number before
            self._server.bind(made)
            self._server.listen(CALLERS_MOST)
            os.rename(made, path)
        except OSError as error:
            return log.warn(
                "quintet status and reload cannot reach this server: %s: %s" % (path, error.strerror or error),
                code="QUINTET_CONTROL",
            )
        finally:
            os.umask(mask)
        self._path = path
        loop.watch(self._server.fileno(), self._accept)

    def close(self) -> None:
        """The server ends."""
        if self._path:
            with contextlib.suppress(OSError):
                os.unlink(self._path)

    def _accept(self) -> None:
        try:
            connection, _ = self._server.accept()
        except OSError as error:
            return self._not_accepted(error)
        if len(self._callers) >= CALLERS_MOST:
            connection.close()
            return
        self._callers.add(Caller(self._loop, connection, self._log, self._do, self._callers.discard))

    def _not_accepted(self, error: OSError) -> None:
        """It waits to be accepted still, and would be tried again at once, for ever."""
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            return  # it has gone
        self._log.error(
            "no file descriptor is left to accept a command."
            " Raise the limit: LimitNOFILE= in systemd, ulimit -n in a shell",
            code="QUINTET_NO_DESCRIPTOR",
        )
        self._loop.unwatch(self._server.fileno())
        self._loop.later(PAUSE, lambda: self._loop.watch(self._server.fileno(), self._accept))


class Caller(LineEvents):
    """Whoever has connected: has its question answered, and no second one."""

    def __init__(
        self, loop: Loop, connection: socket.socket, log: Log, do: Do, left: Callable[[Caller], object]
    ) -> None:
        self._loop = loop
        self._log = log
        self._do = do
        self._left = left
        self._line = Line(loop, connection, self, QUESTION_MOST)
        self._patience = loop.later(PATIENCE, self._line.drop)

    def told(self, value: Value) -> None:
        self._line.ignore()
        self._patience.cancel()
        try:
            self._do(value, self._answer)
        except ProtocolError as error:
            self._answer(failure(str(error)))

    def broken(self, error: ProtocolError) -> None:
        self._log.warn("a connection to the control socket is closed: %s" % error, code=error.code)
        self._answer(failure(str(error), error.code))

    def hung_up(self) -> None:
        self._patience.cancel()
        self._left(self)

    def _answer(self, value: Value) -> None:
        self._line.send({name: value[name] for name in ("ok", "error") if name in value})
        self._patience.cancel()
        self._patience = self._loop.later(PATIENCE, self._line.drop)
        self._line.close()


def unknown(what: object) -> Value:
    """The answer to what is not understood."""
    return failure("This server does not know %s." % show(what))
