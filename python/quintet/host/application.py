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
from .connection import Event, Line, Lost
from .conversation import Conversation, Find
from .node_process import NodeProcess, strict_headers
from .request_body import Body, Truncated
from .response import Answer


class NulError(ValueError):
    """A variable has a NUL, which would end it early."""


class TypeScriptApplication:
    """Starts Node with the first request, so after the server has forked, and anew when it has ended."""

    def __init__(self, command: List[str], file: str, find: Find) -> None:
        self._command = command
        self._file = file
        self._find = find
        self._line: Optional[Line] = None
        self._lock = threading.Lock()
        hop_by_hop.set_strict(strict_headers())
        _applications.add(self)

    def __call__(self, environ: Dict[str, Any], start_response: Any) -> Any:
        """Answer a request (PEP 3333)."""
        try:
            body = Body(environ)
            try:
                payload = _payload(environ, body)
                answer = self._answer(environ, body, payload)
            except BaseException:
                body.close()
                raise
        except (Truncated, NulError) as error:
            return _refuse(start_response, "400 Bad Request", str(error))
        except Lost as error:
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

    def _answer(self, environ: Dict[str, Any], body: Body, payload: bytes) -> Answer:
        while True:
            line = self._connect(bool(environ.get("wsgi.multiprocess")))
            conversation = Conversation(line, environ, self._find)
            try:
                line.request(conversation.box, payload, body.flags)
                event = conversation.receive()
                if event.kind in (frames.ANSWER, frames.START):
                    return Answer(conversation, body, event, environ["REQUEST_METHOD"])
                raise line.broken("a frame of type %d before the head of a response" % event.kind)
            except Lost as error:
                conversation.close()
                if error.begun:
                    raise
            except BaseException:
                conversation.close()
                raise

    def _connect(self, multiprocess: bool) -> Line:
        with self._lock:
            line = self._line
            if line is not None and line.dead:
                line.close()
                line = None
            if line is None or line.worn_out:  # then it ends when those that still use it have dropped it
                line = self._line = Line(NodeProcess(self._command, self._file, multiprocess), self._call)
            return line

    def _call(self, line: Line, event: Event) -> None:
        """Run a call that is made for no request that is known here."""

        def run() -> None:
            conversation = Conversation(line, base_environ(2, True), self._find)
            try:
                conversation.run(event)
            except Lost:
                pass
            finally:
                conversation.close()

        threading.Thread(target=run, name="quintet-call", daemon=True).start()

    def forked(self) -> None:
        """In a process that was forked off one that has served already: its Node is the parent's."""
        self._lock = threading.Lock()
        line, self._line = self._line, None
        if line is not None:
            line.node.forget()


def _payload(environ: Dict[str, Any], body: Body) -> bytes:
    """The request as a frame carries it."""
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
    except UnicodeEncodeError:  # as the variables of the process, which some servers mix in
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
