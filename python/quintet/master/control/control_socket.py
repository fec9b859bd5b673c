"""The socket through which `quintet status`, `reload` and others reach this server (src/cli/control-client.ts)."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import Any, Callable, Coroutine, Set

from ...shared.shape import ProtocolError
from ..fronts.messages import failure
from ..system.json_lines import JsonLines, JsonLinesListener, Value
from ..system.log import Log
from ..system.loop import Loop
from .folder import NoFolder, check_folder, make_folder
from .table import COMMAND_TIMEOUT_SECONDS, MAX_COMMAND_CONNECTIONS, MAX_QUESTION_BYTES

# Answers a question. Raises ProtocolError for an invalid one.
Answer = Callable[[Value], Coroutine[Any, None, Value]]

# Pause before connections are accepted again when no file descriptor is left.
ACCEPT_PAUSE_SECONDS = 1.0


class ControlSocket:
    """Each connection carries one question and its answer. Only this user can connect."""

    def __init__(self, loop: Loop, log: Log, folder: str, answer: Answer) -> None:
        """Listen in this folder, or nowhere if it is empty. A failure is only logged: the server keeps running."""
        self._loop = loop
        self._log = log
        self._answer = answer
        self._connections: Set[_Connection] = set()
        self._path = ""
        if not folder:
            return
        try:
            make_folder(folder, None)
            check_folder(folder)
        except (NoFolder, OSError) as error:
            return self._unreachable(
                "%s Name another folder with --control, or disable the control socket with --control off." % error
            )
        path = os.path.join(folder, "%d.sock" % os.getpid())
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            # Rename it only once it listens: commands take a socket that refuses connections for a dead server's.
            made = path + ".new"
            if os.path.lexists(made):
                os.unlink(made)  # from an earlier process with this pid
            self._server.bind(made)
            self._server.listen(MAX_COMMAND_CONNECTIONS)
            os.rename(made, path)
        except OSError as error:
            return self._unreachable("%s: %s" % (path, error.strerror or error))
        finally:
            os.umask(mask)
        self._path = path
        self._watch()

    def close(self) -> None:
        """Remove the socket's file."""
        if self._path:
            with contextlib.suppress(OSError):
                os.unlink(self._path)

    def _unreachable(self, why: str) -> None:
        self._log.warn("quintet status and reload cannot reach this server: %s" % why, code="QUINTET_CONTROL")

    def _watch(self) -> None:
        self._loop.watch(self._server.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._server.accept()
        except OSError as error:
            return self._not_accepted(error)
        if len(self._connections) >= MAX_COMMAND_CONNECTIONS:
            connection.close()
            return
        self._connections.add(_Connection(self._loop, connection, self._log, self._answer, self._connections.discard))

    def _not_accepted(self, error: OSError) -> None:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            return  # the client has gone
        self._log.error(
            "no file descriptor is left to accept a command."
            " Raise the limit: LimitNOFILE= in systemd, ulimit -n in a shell",
            code="QUINTET_NO_DESCRIPTOR",
        )
        # The connection is still waiting, so without a pause the loop would retry endlessly.
        self._loop.unwatch(self._server.fileno())
        self._loop.later(ACCEPT_PAUSE_SECONDS, self._watch)


class _Connection(JsonLinesListener):
    """A command that has connected."""

    def __init__(
        self,
        loop: Loop,
        connection: socket.socket,
        log: Log,
        answer: Answer,
        closed: Callable[[_Connection], object],
    ) -> None:
        self._loop = loop
        self._log = log
        self._answer = answer
        self._closed = closed
        self._lines = JsonLines(loop, connection, self, MAX_QUESTION_BYTES)
        self._timeout = loop.later(COMMAND_TIMEOUT_SECONDS, self._lines.drop)

    def received(self, value: Value) -> None:
        self._lines.ignore_input()
        self._timeout.cancel()
        self._loop.spawn(self._reply(value))

    def broken(self, error: ProtocolError) -> None:
        self._log.warn("a connection to the control socket is closed: %s" % error, code=error.code)
        self._send(failure(str(error), error.code))

    def closed(self) -> None:
        self._timeout.cancel()
        self._closed(self)

    async def _reply(self, question: Value) -> None:
        try:
            answer = await self._answer(question)
        except ProtocolError as error:
            answer = failure(str(error))
        except Exception:
            self._send(failure("The server failed to do this; its log says more."))
            raise
        self._send(answer)

    def _send(self, answer: Value) -> None:
        self._lines.send({name: answer[name] for name in ("ok", "error") if name in answer})
        self._timeout.cancel()
        self._timeout = self._loop.later(COMMAND_TIMEOUT_SECONDS, self._lines.drop)
        self._lines.close()
