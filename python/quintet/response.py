"""One request through a WSGI application: start_response, write, the iterable, close() (PEP 3333)."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from . import django_facts, frames, hop_by_hop, told
from .channel import Channel
from .file_wrapper import REACHABLE, FileWrapper, plain_file
from .flow import Stream
from .head import HopByHopError, make_head
from .input import ClientDisconnected
from .offspring import end_if_child
from .timeout import RequestTimeout

_pack_header = frames.HEADER.pack
_pack_sizes = frames.U32X2.pack
_pack_u32 = frames.U32.pack


class Exchange:
    """The server's side of one request."""

    __slots__ = (
        "channel",
        "id",
        "called",
        "head",
        "flags",
        "length",
        "is_head",
        "bodiless",
        "sent",
        "too_long",
        "stream",
        "complete",
        "begun",
    )

    def __init__(self, channel: Channel, number: int, method: str) -> None:
        self.channel = channel
        self.id = number
        self.called = False  # start_response was, also if it has raised
        self.head: Optional[bytes] = None
        self.flags = 0
        self.length: Optional[int] = None
        self.is_head = self.bodiless = method == "HEAD"
        self.sent = 0
        self.too_long = False  # there was more than Content-Length says
        self.stream: Optional[Stream] = None  # set once the head is on its way and more follows
        self.complete = False  # the front has the whole response
        self.begun = perf_counter()

    def start_response(
        self, status: str, headers: List[Tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """PEP 3333's start_response. Raises at once, and by name, for what HTTP cannot carry."""
        if exc_info:
            try:
                if self.stream is not None or self.complete:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # no cycle through the traceback
        elif self.called:
            raise AssertionError("start_response was called a second time without exc_info (PEP 3333)")
        self.called = True
        try:
            head, flags, length = make_head(status, headers)
        except HopByHopError as error:
            kept = hop_by_hop.without(headers, error, lambda text: self.channel.log("warn", text, self.id))
            head, flags, length = make_head(status, kept)
        self.bodiless = self.is_head or status[:3] in ("204", "304")
        self.head = head
        self.flags = flags
        self.length = length
        return self.write

    def write(self, data: bytes) -> None:
        """PEP 3333's write(): the bytes are on their way when it returns."""
        if not isinstance(data, bytes):
            raise AssertionError("write() takes bytes, not %s (PEP 3333)" % type(data).__name__)
        if data:
            self.chunk(data, False)
        if self.too_long:
            raise AssertionError("write() goes past the Content-Length of %d (PEP 3333)" % (self.length or 0))

    def chunk(self, data: bytes, last: bool) -> None:
        """Send a piece of the body; ``last`` when it is known that nothing follows."""
        if self.head is None:
            raise AssertionError("the application sent a body before it called start_response (PEP 3333)")
        length = self.length
        if length is not None and not self.bodiless:
            room = length - self.sent
            if len(data) > room:
                self.too_long = True
                data = data[:room]
            # Even the only piece of a list is not the last if it is too short: finish() shows that it is cut.
            last = len(data) == room
        if self.complete:
            return
        self.sent += len(data)
        if self.bodiless:
            self._answer(b"")
            return
        if self.stream is None:
            if last and len(data) <= frames.CHUNK:
                self._answer(data)
                return
            self._start(data[: frames.CHUNK])
            data = data[frames.CHUNK :]
        if data:
            self._data(data)
        if last:
            self._end(frames.END)

    def _micros(self) -> int:
        """How long it has taken, in as many microseconds as a frame has room for."""
        return min(int((perf_counter() - self.begun) * 1e6), 0xFFFFFFFF)

    def _answer(self, data: bytes) -> None:
        head = self.head or b""
        self.complete = True
        taken = self._micros()
        self.channel.send(
            _pack_header(8 + len(head) + len(data), self.id, frames.ANSWER, self.flags, 0)
            + _pack_sizes(taken, len(head))
            + head
            + data
        )

    def _start(self, data: bytes) -> None:
        head = self.head or b""
        stream = self.stream = Stream()
        stream.in_flight = len(data)
        self.channel.streams[self.id] = stream
        payload = _pack_sizes(0, len(head)) + head + data
        self.channel.send(frames.frame(frames.START, self.id, payload, self.flags))

    def _data(self, data: bytes) -> None:
        stream = self.stream
        assert stream is not None
        channel = self.channel
        view = memoryview(data)
        for offset in range(0, len(data), frames.CHUNK):
            piece = view[offset : offset + frames.CHUNK]
            channel.reserve(stream, len(piece))
            if stream.gone:
                return
            channel.send(_pack_header(len(piece), self.id, frames.DATA, 0, 0) + piece)

    def _end(self, kind: int) -> None:
        self.complete = True
        self.channel.streams.pop(self.id, None)
        self.channel.send(frames.frame(kind, self.id, _pack_u32(self._micros())))

    def file(self, wrapper: FileWrapper) -> bool:
        """Let the front send a file, so that this worker is free. False if it is to be sent like any other body."""
        if self.head is None or self.stream is not None or self.complete or self.bodiless:
            return False
        file = plain_file(wrapper.filelike)
        if file is None:
            return False
        if file.left <= frames.CHUNK:
            self.chunk(wrapper.filelike.read(file.left), True)
            return True
        if not REACHABLE:
            return False
        length = file.left if self.length is None else self.length
        if length <= frames.CHUNK:
            return False
        head, flags = self.head, self.flags
        if self.length is None:
            head += b"\0Content-Length\0%d" % length
            flags |= frames.HAS_LENGTH
        taken = self._micros()
        facts = frames.FILE_FACTS.pack(taken, len(head), file.position, length, file.device, file.inode)
        stream = self.channel.streams[self.id] = Stream()
        self.channel.send(frames.frame(frames.FILE, self.id, facts + head + file.path.encode(), flags))
        self.complete = self.channel.hand_over(stream)
        del self.channel.streams[self.id]
        return self.complete

    def blocks(self, blocks: Sequence[Any]) -> None:
        """A body whose blocks are all there, so that its length is known before the first is sent."""
        for data in blocks:
            _check(data)
        total = sum(map(len, blocks))
        if self.stream is None and total <= frames.CHUNK:
            self.chunk(b"".join(blocks), True)
            return
        if self.stream is None and self.length is None and self.head is not None and not self.bodiless:
            self.head += b"\0Content-Length\0%d" % total
            self.flags |= frames.HAS_LENGTH
            self.length = total
        for data in blocks:
            if data:
                self.chunk(data, False)
            if self.left:
                break

    @property
    def left(self) -> bool:
        """Nobody gets the rest of the body: it may be long, or endless."""
        if self.stream is not None and self.stream.gone:
            return True
        return self.too_long or (self.bodiless and self.complete)

    def finish(self) -> None:
        """The iterable has ended: so does the response, or it is shown to be cut short."""
        if self.complete:
            return
        if self.head is None:
            raise AssertionError("the application returned without calling start_response (PEP 3333)")
        if self.stream is None and (self.bodiless or not self.length):
            self._answer(b"")
        elif self.length is not None and self.sent < self.length and not self.bodiless:
            if not (self.stream and self.stream.gone):
                message = "the body ended after %d bytes; its Content-Length is %d" % (self.sent, self.length)
                self.channel.log("error", message, self.id)
            if self.stream is None:
                self._start(b"")
            self._end(frames.ABORT)
        else:
            self._end(frames.END)

    def fail(self) -> None:
        """The application raised: log it, and answer 500 if that is still possible."""
        error = sys.exc_info()[1]
        if isinstance(error, ClientDisconnected):
            self.channel.log("info", str(error), self.id)
        elif not isinstance(error, RequestTimeout):  # where that was is in the front's log
            text = _application_traceback(self.id)
            if text is not None:
                self.channel.log("error", text, self.id)
        if self.complete:
            return
        if self.stream is not None:
            self._end(frames.ABORT)
            return
        self.head = b"500 Internal Server Error\0Content-Type\0text/plain; charset=utf-8"
        self.flags = 0
        self._answer(b"" if self.is_head else b"Internal Server Error\n")


def _application_traceback(request_id: int) -> Optional[str]:
    """None if the log has it."""
    _, error, trace = sys.exc_info()
    # Frames of ours at the top say nothing to the application's author.
    while (
        trace is not None and trace.tb_next is not None and trace.tb_frame.f_globals.get("__package__") == __package__
    ):
        trace = trace.tb_next
    return None if error is None else told.untold(error, request_id, trace)


def run(application: Callable[..., Any], environ: Dict[str, Any], exchange: Exchange) -> None:
    """Call the application and send what it returns. Nothing it raises gets past here, not even SystemExit.

    What this function calls directly is the application's, and may be interrupted; see timeout.in_application.
    """
    result = None
    try:
        try:
            result = application(environ, exchange.start_response)
            kind = type(result)
            if (kind is list or kind is tuple) and result:
                if len(result) == 1:
                    _check(result[0])
                    exchange.chunk(result[0], True)
                else:
                    exchange.blocks(result)
            elif kind is not FileWrapper or not exchange.file(result):
                for data in result:
                    _check(data)
                    if data:
                        exchange.chunk(data, False)
                    if exchange.left:
                        break
            # Of a file just that much may be meant.
            if exchange.too_long and kind is not FileWrapper:
                message = "the body is longer than its Content-Length of %d" % (exchange.length or 0)
                exchange.channel.log("error", message, exchange.id)
            exchange.finish()
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
    except BaseException as error:
        end_if_child(error)
        if isinstance(error, RequestTimeout):
            django_facts.finish_request()
        exchange.fail()
    finally:
        if exchange.stream is not None:
            exchange.channel.streams.pop(exchange.id, None)


def _check(data: Any) -> None:
    if not isinstance(data, bytes):
        raise AssertionError("the application returned %s where PEP 3333 wants bytes" % type(data).__name__)
