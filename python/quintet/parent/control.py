"""The socket by which `quintet status`, `reload`, `stop` and others reach this server: see src/control/client.ts."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import Callable

from .folder import NoFolder, check_folder, make_folder
from .front import Answer, failure
from .line import Line, Value
from .log import Log
from .loop import Loop

Do = Callable[[Value, Answer], None]

# Seconds in which whoever connects has to say what it wants.
PATIENCE = 5.0
# Seconds between two attempts to accept one when no descriptor is left.
PAUSE = 1.0


class Control:
    """One question a connection, and its answer. It is this user's alone."""

    def __init__(self, loop: Loop, log: Log, folder: str, do: Do) -> None:
        self._loop = loop
        self._log = log
        self._do = do
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
            if os.path.lexists(path):
                os.unlink(path)  # of a process that had our number before
            self._server.bind(path)
            self._server.listen(16)
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

        def asked(value: Value) -> None:
            patience.cancel()
            try:
                self._do(value, answer)
            except (AttributeError, KeyError, TypeError, ValueError):
                answer(unknown(value))

        def answer(value: Value) -> None:
            line.send({name: value[name] for name in ("ok", "error") if name in value})
            line.close()

        line = Line(self._loop, connection, asked, lambda: patience.cancel())
        patience = self._loop.later(PATIENCE, line.close)

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


def unknown(what: object) -> Value:
    """The answer to what is not understood."""
    return failure("This server does not know %r." % (what,))
