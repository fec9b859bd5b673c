"""The Node process that runs an application for a server of Python's: its start, its connections, its end."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from typing import Any, Dict, List

from ..errors import QuintetError
from ..shared.shape import ProtocolError, check, is_text, parse_json
from ..wire import frames

# More than a server has threads, and each thread runs one request.
_MAX_REQUESTS = 4096
_HELLO_TIMEOUT_SECONDS = 10.0
# Short, so that a Node that ends before it connects is noticed.
_ACCEPT_TIMEOUT_SECONDS = 0.05


def strict_headers() -> bool:
    """The setting ``strictHeaders``, which other servers get from the environment."""
    return os.environ.get("QUINTET_STRICT_HEADERS", "") in ("1", "true", "yes")


class NodeProcess:
    """Started, connected, and ready for requests."""

    def __init__(self, command: List[str], file: str, multiprocess: bool) -> None:
        self._owner = os.getpid()
        self.file = file
        # Needed until Node has connected, with mode 0700; in memory if possible.
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        directory = tempfile.mkdtemp(prefix="quintet-%d-" % os.getuid(), dir=base)
        try:
            token = secrets.token_hex(16)
            page = os.path.join(directory, "page")
            with open(page, "wb") as empty:
                empty.write(bytes(4096))
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with listener:
                listener.bind(os.path.join(directory, "workers.sock"))
                listener.listen(2)
                listener.settimeout(_ACCEPT_TIMEOUT_SECONDS)
                start_up = {
                    "id": 1,
                    "token": token,
                    "socket": listener.getsockname(),
                    "page": page,
                    "stacks": os.path.join(directory, "stacks"),
                    "target": file,
                    "threads": _MAX_REQUESTS,
                    "multiprocess": multiprocess,
                    "strictHeaders": strict_headers(),
                }
                # A session of its own, so that Ctrl-C on the terminal reaches the server only. Standard input is the
                # lifeline: it ends when this process does. Output goes to stderr, the server's log.
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=2,
                    env={**os.environ, "QUINTET_WORKER": json.dumps(start_up)},
                    start_new_session=True,
                )
                try:
                    self._connect(listener, token)
                    self._page = os.open(page, os.O_RDONLY)
                except BaseException:
                    self._process.kill()
                    self._process.communicate()
                    raise
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        atexit.register(self.end)

    @property
    def pid(self) -> int:
        """The pid of Node."""
        return self._process.pid

    def _connect(self, listener: socket.socket, token: str) -> None:
        found: Dict[str, socket.socket] = {}
        while len(found) < 2:
            try:
                connection = listener.accept()[0]
            except socket.timeout:
                if self._process.poll() is not None:
                    raise self._failed() from None
                continue
            connection.settimeout(_HELLO_TIMEOUT_SECONDS)
            try:
                hello = self._frame(connection, frames.HELLO)
            except (ProtocolError, OSError):
                connection.close()
                continue
            if hello.get("token") == token and hello.get("carries") in ("requests", "answers"):
                found[hello["carries"]] = connection
                connection.settimeout(None)
        self.requests, self.answers = found["requests"], found["answers"]
        try:
            self._frame(self.answers, frames.READY)
        except ProtocolError as error:
            message = "%s broke the protocol before it could serve: %s" % (self.file, error)
            raise QuintetError(error.code, message) from None

    def _frame(self, connection: socket.socket, wanted: int) -> Dict[str, Any]:
        while True:
            length, _, kind, _, _ = frames.HEADER.unpack(self._exactly(connection, frames.HEADER_BYTES))
            if length > frames.MAX_JSON_BYTES or kind not in (wanted, frames.FAILED, frames.LOG):
                raise ProtocolError("a frame of type %d that is %d bytes long" % (kind, length))
            told = parse_json(self._exactly(connection, length), "a frame of type %d" % kind)
            if kind == wanted:
                return told
            if kind == frames.FAILED:
                check(told, "FAILED", {"code": is_text, "message": is_text, "trace": is_text})
                raise QuintetError(told["code"], told["message"], detail=told["trace"])

    def _exactly(self, connection: socket.socket, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = connection.recv(size - len(data))
            if not more:
                raise self._failed()
            data += more
        return data

    def _failed(self) -> QuintetError:
        message = "Node ended (%s) before it could serve %s." % (self.ended(), self.file)
        return QuintetError("QUINTET_NODE_FAILED", message, "The server's log says why.")

    def noted(self) -> int:
        """The id of the last request that Node has begun."""
        return int.from_bytes(os.pread(self._page, 8, 0), "little")

    def ended(self) -> str:
        """Wait for the end of Node, after the end of its connection. Returns how it ended, for people."""
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return "signal %d" % -status if status < 0 else "exit status %d" % status

    def kill(self) -> None:
        """Kill Node. The thread that reads its frames notices the end."""
        self._process.kill()

    def end(self) -> None:
        """Let Node finish, and kill it if it does not end.

        Does nothing in a forked process, because Node belongs to the parent.
        """
        atexit.unregister(self.end)
        if os.getpid() != self._owner:
            return
        try:
            self.requests.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # Node has ended already
        self.ended()
        self.forget()

    def forget(self) -> None:
        """Close the descriptors of this process. In a forked process they would keep Node alive."""
        self.requests.close()
        self.answers.close()
        if self._page >= 0:
            os.close(self._page)
            self._page = -1
        if self._process.stdin is not None:
            self._process.stdin.close()
