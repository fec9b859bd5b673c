"""The response to one request, by the rules of PEP 3333: start_response, write, the iterable's blocks, errors."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any, Callable, List, Optional, Sequence, Tuple

from ..input import ClientDisconnected
from ..shared.own_code import is_own_code
from ..shared.traceback_once import traceback_once
from ..timeout import RequestTimeout
from ..wire import frames
from ..wire.channel import Channel
from . import hop_by_hop
from .file_wrapper import REACHABLE, FileWrapper, plain_file
from .head import HopByHopError, make_head
from .response_frames import ResponseFrames


class Response(ResponseFrames):
    """The server's side of one request."""

    __slots__ = ("called", "length", "is_head", "bodiless", "sent", "too_long")

    def __init__(self, channel: Channel, request_id: int, method: str) -> None:
        self.channel = channel
        self.id = request_id
        self.head = None
        self.flags = 0
        self.flow = None
        self.complete = False
        self.began = perf_counter()
        # Whether start_response was called, even if it raised.
        self.called = False
        # The application's Content-Length.
        self.length: Optional[int] = None
        self.is_head = self.bodiless = method == "HEAD"
        # Bytes of the body that the application has sent.
        self.sent = 0
        # Whether the application has sent more than its Content-Length.
        self.too_long = False

    def start_response(
        self, status: str, headers: List[Tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """PEP 3333's start_response. Raises HeaderError for a status or header that HTTP cannot carry."""
        if exc_info:
            try:
                if self.flow is not None or self.complete:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # otherwise the traceback would be part of a reference cycle
        elif self.called:
            raise AssertionError("start_response was called a second time without exc_info (PEP 3333)")
        self.called = True
        try:
            head, flags, length = make_head(status, headers)
        except HopByHopError as error:
            kept = hop_by_hop.drop(headers, error, lambda text: self.channel.log("warn", text, self.id))
            head, flags, length = make_head(status, kept)
        self.bodiless = self.is_head or status[:3] in ("204", "304")
        self.head = head
        self.flags = flags
        self.length = length
        return self.write

    def write(self, data: bytes) -> None:
        """PEP 3333's write(). The bytes are sent before it returns."""
        if not isinstance(data, bytes):
            raise AssertionError("write() takes bytes, not %s (PEP 3333)" % type(data).__name__)
        if data:
            self.chunk(data, False)
        if self.too_long:
            raise AssertionError("write() goes past the Content-Length of %d (PEP 3333)" % (self.length or 0))

    def chunk(self, data: bytes, last: bool) -> None:
        """Send a piece of the body. ``last``: nothing follows it."""
        if self.head is None:
            raise AssertionError("the application sent a body before it called start_response (PEP 3333)")
        length = self.length
        if length is not None and not self.bodiless:
            room = length - self.sent
            if len(data) > room:
                self.too_long = True
                data = data[:room]
            # A body that is too short must end with ABORT, in finish(), even if this is its only piece.
            last = len(data) == room
        if self.complete:
            return
        self.sent += len(data)
        if self.bodiless:
            self._answer(b"")
            return
        if self.flow is None:
            if last and len(data) <= frames.MAX_CHUNK_BYTES:
                self._answer(data)
                return
            self._start(data[: frames.MAX_CHUNK_BYTES])
            data = data[frames.MAX_CHUNK_BYTES :]
        if data:
            self._data(data)
        if last:
            self._end(frames.END)

    def file(self, wrapper: FileWrapper) -> bool:
        """Have the front send a file, which frees this worker. Returns False if the file must be sent in blocks."""
        if self.head is None or self.flow is not None or self.complete or self.bodiless:
            return False
        file = plain_file(wrapper.filelike)
        if file is None:
            return False
        if file.remaining <= frames.MAX_CHUNK_BYTES:
            self.chunk(wrapper.filelike.read(file.remaining), True)
            return True
        if not REACHABLE:
            return False
        length = file.remaining if self.length is None else self.length
        return length > frames.MAX_CHUNK_BYTES and self._file(file, length)

    def blocks(self, blocks: Sequence[Any]) -> None:
        """Send a body whose blocks, and therefore length, are known before the first one is sent."""
        for data in blocks:
            check_block(data)
        total = sum(map(len, blocks))
        if self.flow is None and total <= frames.MAX_CHUNK_BYTES:
            self.chunk(b"".join(blocks), True)
            return
        if self.flow is None and self.length is None and self.head is not None and not self.bodiless:
            self.head += b"\0Content-Length\0%d" % total
            self.flags |= frames.HAS_LENGTH
            self.length = total
        for data in blocks:
            if data:
                self.chunk(data, False)
            if self.rest_unwanted:
                break

    @property
    def rest_unwanted(self) -> bool:
        """Whether nobody would receive the rest of the body. It may be endless, so it is not computed."""
        if self.flow is not None and self.flow.gone:
            return True
        return self.too_long or (self.bodiless and self.complete)

    def finish(self) -> None:
        """End the response after the last block. If the body is shorter than its Content-Length, abort it."""
        if self.complete:
            return
        if self.head is None:
            raise AssertionError("the application returned without calling start_response (PEP 3333)")
        if self.flow is None and (self.bodiless or not self.length):
            self._answer(b"")
        elif self.length is not None and self.sent < self.length and not self.bodiless:
            if not (self.flow and self.flow.gone):
                message = "the body ended after %d bytes; its Content-Length is %d" % (self.sent, self.length)
                self.channel.log("error", message, self.id)
            if self.flow is None:
                self._start(b"")
            self._end(frames.ABORT)
        else:
            self._end(frames.END)

    def fail(self) -> None:
        """Log the exception being handled. Answer 500, or abort the response if its head is sent."""
        error = sys.exc_info()[1]
        if isinstance(error, ClientDisconnected):
            self.channel.log("info", str(error), self.id)
        elif not isinstance(error, RequestTimeout):  # the front has logged a timeout, with its stack
            text = _application_traceback(self.id)
            if text is not None:
                self.channel.log("error", text, self.id)
        if self.complete:
            return
        if self.flow is not None:
            self._end(frames.ABORT)
            return
        self.head = b"500 Internal Server Error\0Content-Type\0text/plain; charset=utf-8"
        self.flags = 0
        self._answer(b"" if self.is_head else b"Internal Server Error\n")


def check_block(data: Any) -> None:
    """Raise AssertionError for a block that is not bytes."""
    if not isinstance(data, bytes):
        raise AssertionError("the application returned %s where PEP 3333 wants bytes" % type(data).__name__)


def _application_traceback(request_id: int) -> Optional[str]:
    """The traceback of the exception being handled, without our frames at the top. None if the log has it already."""
    _, error, trace = sys.exc_info()
    while trace is not None and trace.tb_next is not None and is_own_code(trace.tb_frame.f_globals):
        trace = trace.tb_next
    return None if error is None else traceback_once(error, request_id, trace)
