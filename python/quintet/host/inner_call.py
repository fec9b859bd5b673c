"""A Python application that is called by a TypeScript one: middleware written in TypeScript around Django."""

from __future__ import annotations

import io
from typing import Any, Callable, Dict, Iterator, Tuple, cast

from ..wire import frames
from ..wire.channel import Channel
from ..wire.flow import ResponseFlow
from ..wsgi.file_wrapper import FileWrapper
from ..wsgi.response import Response
from .connection import Event, Line

Application = Callable[..., Any]


def split_call(event: Event) -> Tuple[str, str, bytes]:
    """The target, the environ text and the body (or the path of its file) of a CALL."""
    payload = event.payload
    _, target, environ = (frames.U32.unpack_from(payload, at)[0] for at in (0, 4, 8))
    middle = 12 + target
    end = middle + environ
    return payload[12:middle].decode("utf-8", "replace"), payload[middle:end].decode("latin-1"), payload[end:]


def inner_environ(event: Event, text: str, body: bytes, outer: Dict[str, Any]) -> Dict[str, Any]:
    """The variables as the middleware hands them on, and what only Python can have from the server."""
    environ = {name: value for name, value in outer.items() if not isinstance(value, str)}
    environ["SCRIPT_NAME"] = ""
    pairs = iter(text.split("\0"))
    environ.update(zip(pairs, pairs))
    in_file = event.flags & frames.BODY_IN_FILE
    environ["wsgi.input"] = open(body.decode("utf-8"), "rb") if in_file else io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    # What the server's own wrapper makes is for the server alone.
    environ["wsgi.file_wrapper"] = FileWrapper
    return environ


class InnerCall:
    """One call, run step by step: a step sends one piece of the response, so that others can be done in between."""

    def __init__(self, line: Line, number: int, environ: Dict[str, Any]) -> None:
        self.number = number
        self.flows: Dict[int, ResponseFlow] = {}
        self._line = line
        self._environ = environ
        self._response = Response(cast(Channel, self), number, environ["REQUEST_METHOD"])
        self._result: Any = None
        self._pieces: Iterator[Any] = iter(())
        self._single = False
        self._piece = b""
        self._at = 0

    # What Response wants of a channel.

    def send(self, data: bytes) -> None:
        """Write frames."""
        self._line.send(data)

    def log(self, level: str, text: str, request_id: int = 0) -> None:
        """Into the server's log."""
        self._environ["wsgi.errors"].write("%s\n" % text)

    def reserve(self, flow: ResponseFlow, size: int) -> None:
        """Steps are taken only when there is room."""
        flow.in_flight += size

    # Its steps.

    @property
    def complete(self) -> bool:
        """Node has the whole response; only the end of the application's own work is left."""
        return self._response.complete

    @property
    def ready(self) -> bool:
        """A step may be taken: all that was sent has been taken, or there is more of the same piece and room for it.

        One piece at a time: what the middleware makes of it is on its way to the client before the next is computed.
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
        """Send a piece, or the end."""
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
        """The middleware has taken this much."""
        if self._response.flow is not None:
            self._response.flow.in_flight -= size

    def close(self) -> None:
        """The end of the application's own work. What is not complete by now is cut short."""
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
            self._line.called(self.number)

    def _failed(self, error: BaseException) -> None:
        """A 500, or a response cut short. What ends the process (SystemExit) still does."""
        self._pieces = iter(())
        self._response.fail()
        if not isinstance(error, Exception):
            raise error


def _is_short(result: Any) -> bool:
    """Several blocks that are all there, so that the length of the body is known; one frame has room for them."""
    if type(result) not in (list, tuple) or len(result) < 2 or not all(isinstance(each, bytes) for each in result):
        return False
    return sum(map(len, result)) <= frames.MAX_CHUNK_BYTES


def call_failed(number: int, status: int, code: str, message: str) -> bytes:
    """The frame that says so."""
    return frames.json_frame(frames.CALL_FAILED, number, {"status": status, "code": code, "message": message})
