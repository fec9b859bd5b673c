"""A Python application called by a TypeScript one, such as Django behind middleware written in TypeScript."""

from __future__ import annotations

import io
from typing import Any, Callable, Dict, Iterator, Tuple, cast

from ..wire import frames
from ..wire.channel import Channel
from ..wire.flow import ResponseFlow
from ..wsgi.file_wrapper import FileWrapper
from ..wsgi.response import Response
from .connection import Frame, NodeConnection

Application = Callable[..., Any]


def split_call(frame: Frame) -> Tuple[str, str, bytes]:
    """The target, the text of the environ, and the body (or the path of its file) of a CALL."""
    payload = frame.payload
    _, target, environ = (frames.U32.unpack_from(payload, at)[0] for at in (0, 4, 8))
    middle = 12 + target
    end = middle + environ
    return payload[12:middle].decode("utf-8", "replace"), payload[middle:end].decode("latin-1"), payload[end:]


def inner_environ(frame: Frame, text: str, body: bytes, outer: Dict[str, Any]) -> Dict[str, Any]:
    """The environ: the variables that the middleware passes on, and the objects that the server gave to Python."""
    environ = {name: value for name, value in outer.items() if not isinstance(value, str)}
    environ["SCRIPT_NAME"] = ""
    pairs = iter(text.split("\0"))
    environ.update(zip(pairs, pairs))
    in_file = frame.flags & frames.BODY_IN_FILE
    environ["wsgi.input"] = open(body.decode("utf-8"), "rb") if in_file else io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    # Not the server's own wrapper: its objects are only for that server.
    environ["wsgi.file_wrapper"] = FileWrapper
    return environ


class InnerCall:
    """One call, run step by step: a step sends one piece of the response, and other calls run in between."""

    def __init__(self, connection: NodeConnection, number: int, environ: Dict[str, Any]) -> None:
        self.number = number
        self.flows: Dict[int, ResponseFlow] = {}
        self._connection = connection
        self._environ = environ
        self._response = Response(cast(Channel, self), number, environ["REQUEST_METHOD"])
        self._result: Any = None
        self._pieces: Iterator[Any] = iter(())
        self._single = False
        self._piece = b""
        self._at = 0

    # The methods of Channel that Response uses.

    def send(self, data: bytes) -> None:
        """Write frames."""
        self._connection.send(data)

    def log(self, level: str, text: str, request_id: int = 0) -> None:
        """Write to the server's log."""
        self._environ["wsgi.errors"].write("%s\n" % text)

    def reserve(self, flow: ResponseFlow, size: int) -> None:
        """Count the bytes. There is always room for them: see ready."""
        flow.in_flight += size

    # The steps.

    @property
    def complete(self) -> bool:
        """Node has the whole response. Only close() is left."""
        return self._response.complete

    @property
    def ready(self) -> bool:
        """Whether a step can run: Node has taken everything, or the window has room for the rest of this piece.

        One piece at a time, so that the middleware sends it to the client before the next piece is computed.
        """
        flow = self._response.flow
        if flow is None or flow.in_flight <= 0:
            return True
        return self._at < len(self._piece) and flow.in_flight + frames.MAX_CHUNK_BYTES <= frames.WINDOW_BYTES

    def begin(self, application: Application) -> None:
        """Call the application."""
        try:
            self._result = result = application(self._environ, self._response.start_response)
            self._single = type(result) in (list, tuple) and len(result) == 1
            self._pieces = iter(result)
            if _is_short(result):
                self._single = True
                self._pieces = iter([b"".join(result)])
        except BaseException as error:
            self._failed(error)

    def step(self) -> None:
        """Send the next piece, or the end."""
        try:
            if self._at >= len(self._piece):
                self._at = 0
                self._piece = b""
                piece = next(self._pieces, None)
                if piece is None:
                    self._response.finish()
                    return
                if not isinstance(piece, bytes):
                    kind = type(piece).__name__
                    raise AssertionError("the application returned %s where PEP 3333 wants bytes" % kind)
                self._piece = piece
            end = self._at + frames.MAX_CHUNK_BYTES
            last = self._single and end >= len(self._piece)
            if self._piece or last:
                self._response.chunk(self._piece[self._at : end], last)
            self._at = end
        except BaseException as error:
            self._failed(error)

    def taken(self, size: int) -> None:
        """The middleware has taken ``size`` bytes."""
        if self._response.flow is not None:
            self._response.flow.in_flight -= size

    def close(self) -> None:
        """Call close(). A response that is not complete by now is aborted."""
        try:
            try:
                if self.complete:
                    for _ in self._pieces:
                        pass
            finally:
                close = getattr(self._result, "close", None)
                if close is not None:
                    close()
        except BaseException as error:
            self._failed(error)
        finally:
            if not self.complete:
                if self._response.flow is None:
                    message = "the request that called it is over"
                    self.send(call_failed(self.number, 502, "QUINTET_BAD_ANSWER", message))
                else:
                    self.send(frames.frame(frames.ABORT, self.number, bytes(4)))
            self._environ["wsgi.input"].close()
            self._connection.called(self.number)

    def _failed(self, error: BaseException) -> None:
        """Answer 500, or abort the response. SystemExit and similar exceptions are raised again."""
        self._pieces = iter(())
        self._response.fail()
        if not isinstance(error, Exception):
            raise error


def _is_short(result: Any) -> bool:
    """Whether it is a list of blocks that fit in one frame together."""
    if type(result) not in (list, tuple) or len(result) < 2 or not all(isinstance(each, bytes) for each in result):
        return False
    return sum(map(len, result)) <= frames.MAX_CHUNK_BYTES


def call_failed(number: int, status: int, code: str, message: str) -> bytes:
    """The frame CALL_FAILED."""
    return frames.json_frame(frames.CALL_FAILED, number, {"status": status, "code": code, "message": message})
