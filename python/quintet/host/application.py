"""An application written in TypeScript as a WSGI callable: one Node process for each process of the server."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any, Dict, List, Optional

from ..errors import QuintetError
from ..wire import frames
from ..wsgi import hop_by_hop
from ..wsgi.environ import base_environ
from .connection import Frame, NodeConnection, NodeEnded
from .node_process import NodeProcess, strict_headers
from .node_request import Find, NodeRequest
from .request_body import IncompleteBody, RequestBody
from .response import NodeResponse


class NulError(ValueError):
    """A variable contains a NUL, which frames use as a separator."""


class TypeScriptApplication:
    """Starts Node at the first request, when the server has forked already. Starts it again if it has ended."""

    def __init__(self, command: List[str], file: str, find: Find) -> None:
        self._command = command
        self._file = file
        self._find = find
        self._connection: Optional[NodeConnection] = None
        self._lock = threading.Lock()
        hop_by_hop.set_strict(strict_headers())
        _applications.add(self)

    def __call__(self, environ: Dict[str, Any], start_response: Any) -> Any:
        """Run a request and return its NodeResponse (PEP 3333)."""
        try:
            body = RequestBody(environ)
            try:
                payload = _payload(environ, body)
                answer = self._answer(environ, body, payload)
            except BaseException:
                body.close()
                raise
        except (IncompleteBody, NulError) as error:
            return _refuse(start_response, "400 Bad Request", str(error))
        except NodeEnded as error:
            message = "Node ended (%s) while it ran the request." % error
            environ["wsgi.errors"].write("quintet: %s: %s\n" % (error.code, message))
            return _refuse(start_response, "502 Bad Gateway", error.code)
        except QuintetError as error:
            environ["wsgi.errors"].write("quintet: %s\n" % error)
            return _refuse(start_response, "503 Service Unavailable", error.code)
        try:
            start_response(*answer.head)
        except BaseException:
            answer.close()
            raise
        return answer

    def _answer(self, environ: Dict[str, Any], body: RequestBody, payload: bytes) -> NodeResponse:
        while True:
            connection = self._connect(bool(environ.get("wsgi.multiprocess")))
            request = NodeRequest(connection, environ, self._find)
            try:
                connection.request(request.inbox, payload, body.flags)
                frame = request.receive()
                if frame.kind in (frames.ANSWER, frames.START):
                    return NodeResponse(request, body, frame, environ["REQUEST_METHOD"])
                raise connection.broken("a frame of type %d before the head of a response" % frame.kind)
            except NodeEnded as error:
                request.close()
                if error.begun:
                    raise
            except BaseException:
                request.close()
                raise

    def _connect(self, multiprocess: bool) -> NodeConnection:
        with self._lock:
            connection = self._connection
            if connection is not None and connection.dead:
                connection.close()
                connection = None
            if connection is None or connection.worn_out:  # a worn-out Node ends after its last request
                connection = self._connection = NodeConnection(
                    NodeProcess(self._command, self._file, multiprocess), self._call
                )
            return connection

    def _call(self, connection: NodeConnection, frame: Frame) -> None:
        """Run a call in a new thread, because this process does not know its request."""

        def run() -> None:
            request = NodeRequest(connection, base_environ(2, True), self._find)
            try:
                request.run(frame)
            except NodeEnded:
                pass
            finally:
                request.close()

        threading.Thread(target=run, name="quintet-call", daemon=True).start()

    def forked(self) -> None:
        """Forget Node in a process forked after the first request, because it belongs to the parent."""
        self._lock = threading.Lock()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.node.forget()


def _payload(environ: Dict[str, Any], body: RequestBody) -> bytes:
    """The payload of REQUEST."""
    parts: List[str] = []
    for name, value in environ.items():
        if type(value) is str and name not in ("CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):
            parts += (name, value)
    if body.size or environ.get("CONTENT_LENGTH"):
        parts += ("CONTENT_LENGTH", str(body.size))
    text = "\0".join([*parts, ""])
    if text.count("\0") != len(parts):
        raise NulError("a NUL in the request")
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:  # for example in variables of the process, which some servers add
        data = b"\0".join([*map(_bytes, parts), b""])
    return frames.U32.pack(len(data)) + data + body.payload


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


def _refuse(start_response: Any, status: str, why: str) -> List[bytes]:
    body = ("%s\n%s\n" % (status, why)).encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


_applications: weakref.WeakSet[TypeScriptApplication] = weakref.WeakSet()


def _after_fork() -> None:
    for application in list(_applications):
        application.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
