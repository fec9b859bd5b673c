"""The frames of one response: ANSWER for a short one, START, DATA and END or ABORT for a long one, FILE for a file."""

from __future__ import annotations

from time import perf_counter
from typing import Optional

from ..wire import frames
from ..wire.channel import Channel
from ..wire.flow import ResponseFlow
from .file_wrapper import PlainFile

_pack_header = frames.HEADER.pack
_pack_sizes = frames.U32X2.pack
_pack_u32 = frames.U32.pack

_MAX_U32 = 0xFFFFFFFF


class ResponseFrames:
    """Writes a response to the channel. The subclass Response decides what is sent, by the rules of PEP 3333."""

    __slots__ = ("channel", "id", "head", "flags", "flow", "complete", "began")

    # Response sets these itself: calling super().__init__() would cost each request 1 % of its time here.
    channel: Channel
    id: int
    # "status\0name\0value…" in latin-1. None until start_response() is called.
    head: Optional[bytes]
    # HAS_LENGTH, HAS_SERVER.
    flags: int
    # Set when the head is sent and more follows.
    flow: Optional[ResponseFlow]
    # The front has the whole response.
    complete: bool
    # When the request began, by perf_counter().
    began: float

    def _micros(self) -> int:
        """Microseconds since the request began, capped to a u32."""
        return min(int((perf_counter() - self.began) * 1e6), _MAX_U32)

    def _answer(self, data: bytes) -> None:
        """Send the whole response in one frame."""
        head = self.head or b""
        self.complete = True
        micros = self._micros()
        self.channel.send(
            _pack_header(8 + len(head) + len(data), self.id, frames.ANSWER, self.flags, 0)
            + _pack_sizes(micros, len(head))
            + head
            + data
        )

    def _start(self, data: bytes) -> None:
        """Send the head and the first bytes, at most MAX_CHUNK_BYTES."""
        head = self.head or b""
        flow = self.flow = ResponseFlow()
        flow.in_flight = len(data)
        self.channel.flows[self.id] = flow
        payload = _pack_sizes(0, len(head)) + head + data
        self.channel.send(frames.frame(frames.START, self.id, payload, self.flags))

    def _data(self, data: bytes) -> None:
        """Send more bytes. Waits while the client is slow, and sends nothing once it has left."""
        flow = self.flow
        assert flow is not None
        channel = self.channel
        view = memoryview(data)
        for offset in range(0, len(data), frames.MAX_CHUNK_BYTES):
            piece = view[offset : offset + frames.MAX_CHUNK_BYTES]
            channel.reserve(flow, len(piece))
            if flow.gone:
                return
            channel.send(_pack_header(len(piece), self.id, frames.DATA, 0, 0) + piece)

    def _end(self, kind: int) -> None:
        """Send END or ABORT."""
        self.complete = True
        self.channel.flows.pop(self.id, None)
        self.channel.send(frames.frame(kind, self.id, _pack_u32(self._micros())))

    def _file(self, file: PlainFile, length: int) -> bool:
        """Ask the front to send ``length`` bytes of a file. Returns False if it cannot open the file."""
        head, flags = self.head or b"", self.flags
        if not flags & frames.HAS_LENGTH:
            head += b"\0Content-Length\0%d" % length
            flags |= frames.HAS_LENGTH
        facts = frames.FILE_FACTS.pack(self._micros(), len(head), file.position, length, file.device, file.inode)
        flow = self.channel.flows[self.id] = ResponseFlow()
        self.channel.send(frames.frame(frames.FILE, self.id, facts + head + file.path.encode(), flags))
        self.complete = self.channel.hand_over(flow)
        del self.channel.flows[self.id]
        return self.complete
