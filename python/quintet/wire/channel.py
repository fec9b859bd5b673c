"""A worker's connections to the front: frames in, frames out."""

from __future__ import annotations

import select
import socket
import threading
from collections import deque
from contextlib import contextmanager, nullcontext
from typing import Callable, Deque, Dict, Iterator, Mapping, Optional, cast

from ..shared.shape import ProtocolError
from ..shared.standard_streams import complain
from . import frames
from .disowned import DisownedSocket
from .flow import ResponseFlow, UploadFlow
from .page import Page
from .request import Request

_unpack_header = frames.HEADER.unpack_from
_unpack_u32 = frames.U32.unpack_from
_pack_u32 = frames.U32.pack

_READ_BYTES = 262144
_ANY_LENGTH = -1
# The length of the payload of each frame from the front, except REQUEST.
_PAYLOAD_BYTES = {
    frames.CREDIT: 4,
    frames.GONE: 0,
    frames.BODY: _ANY_LENGTH,
    frames.BODY_END: 0,
    frames.BODY_GONE: _ANY_LENGTH,
    frames.FILE_TAKEN: 0,
    frames.FILE_REFUSED: 0,
    frames.INTERRUPT: 0,
}


class Channel:
    """Frames over two unix sockets, one for requests and one for answers.

    With a single socket, answers could get lost: when the front writes to a worker that has just died, the kernel drops
    what that worker had sent before.

    ``locked``: several threads use the channel. The main thread reads, the others write and wait.
    """

    def __init__(self, requests: socket.socket, answers: socket.socket, page: Page, locked: bool) -> None:
        self.requests = requests
        self.answers = answers
        self.page = page
        # Requests that have been read but not begun.
        self.pending: Deque[Request] = deque()
        # Long responses, by request id.
        self.flows: Dict[int, ResponseFlow] = {}
        # Bodies that stream, by request id.
        self.uploads: Dict[int, UploadFlow] = {}
        # Called with the request id of INTERRUPT.
        self.on_interrupt: Callable[[int], None] = lambda request_id: None
        # The beginning of a frame whose rest has not been read.
        self._rest = b""
        self._broken: Optional[ProtocolError] = None
        # Held while a frame is written.
        self._lock = threading.Lock() if locked else None
        # Notified when a flow changes. Held while bytes in flight are counted.
        self._credit = threading.Condition() if locked else None
        # Whether the application has forked this process.
        self.disowned = False

    def disown(self) -> None:
        """In a process that the application has forked: stop reading and sending."""
        self.disowned = True
        self._lock = self._credit = None  # the thread that holds a lock may not exist in this process
        self.requests.close()
        self.answers.close()
        self.requests = self.answers = cast(socket.socket, DisownedSocket())

    def send(self, data: bytes) -> None:
        """Write one or more whole frames."""
        if self._lock is None:
            self.answers.sendall(data)
        else:
            with self._lock:
                self.answers.sendall(data)

    def send_json(self, kind: int, request_id: int, value: Mapping[str, object]) -> None:
        """Write a frame whose payload is JSON."""
        self.send(frames.json_frame(kind, request_id, value))

    def log(self, level: str, text: str, request_id: int = 0) -> None:
        """Send a record to the front's log. The front adds this worker's pid and the request's id."""
        if self.disowned:
            complain(text)
            return
        try:
            self.send_json(frames.LOG, request_id, {"level": level, "text": frames.cut(text)})
        except OSError:
            pass  # the front has ended, and its log with it

    def pump(self) -> bool:
        """Wait for data from the front, and read it once. Returns False at the end of the connection.

        Raises ProtocolError for data that the front never sends, and then also at each later call, because nothing
        after such data can be read.
        """
        if self._broken is not None:
            raise self._broken
        data = self.requests.recv(_READ_BYTES)
        if not data:
            return False
        buffer = self._rest + data if self._rest else data
        position, end = 0, len(buffer)
        pending = self.pending
        # Literals for HEADER_BYTES and REQUEST: this loop runs once for each request.
        while end - position >= 12:
            length, request_id, kind, flags, _ = _unpack_header(buffer, position)
            start = position + 12
            if end - start < length:
                if length > frames.MAX_FRAME_BYTES:
                    raise self._break("a frame of type %d that is %d bytes long" % (kind, length))
                break
            position = start + length
            if kind == 1:
                pending.append(Request(request_id, flags, buffer, start, position))
            else:
                self._control(kind, request_id, buffer, start, position)
        self._rest = buffer[position:] if position < end else b""
        return True

    def _break(self, what: str) -> ProtocolError:
        self._broken = ProtocolError("the server sent %s" % what)
        return self._broken

    def _control(self, kind: int, request_id: int, buffer: bytes, start: int, stop: int) -> None:
        """Handle a frame that is not a request. Ignores a frame for a response that has ended meanwhile."""
        size = _PAYLOAD_BYTES.get(kind)
        if size is None or (size != _ANY_LENGTH and stop - start != size):
            raise self._break("a frame of type %d of %d bytes" % (kind, stop - start))
        if frames.BODY <= kind <= frames.BODY_GONE:
            upload = self.uploads.get(request_id)
            if upload is not None:
                self._update_upload(upload, kind, buffer, start, stop)
            return
        if kind == frames.INTERRUPT:
            self.on_interrupt(request_id)
            return
        flow = self.flows.get(request_id)
        if flow is None:
            return
        if self._credit is None:
            self._update_flow(flow, kind, buffer, start)
        else:
            with self._credit:
                self._update_flow(flow, kind, buffer, start)
                self._credit.notify_all()

    def _update_flow(self, flow: ResponseFlow, kind: int, buffer: bytes, start: int) -> None:
        if kind == frames.CREDIT:
            flow.in_flight -= _unpack_u32(buffer, start)[0]
        elif kind == frames.GONE:
            flow.gone = True
        elif kind in (frames.FILE_TAKEN, frames.FILE_REFUSED):
            flow.file_taken = kind == frames.FILE_TAKEN

    def _update_upload(self, upload: UploadFlow, kind: int, buffer: bytes, start: int, stop: int) -> None:
        with self._credit or nullcontext():
            upload.asked = False
            if kind == frames.BODY:
                upload.piece = memoryview(buffer)[start:stop]
            elif kind == frames.BODY_END:
                upload.ended = True
            else:
                upload.broken = buffer[start:stop].decode("utf-8", "replace")
            if self._credit is not None:
                self._credit.notify_all()

    def want(self, request_id: int, upload: UploadFlow, size: int) -> None:
        """Ask for at most ``size`` bytes of a body. Waits until bytes, the end or an error arrive."""
        if not upload.asked:
            upload.asked = True
            self.send(frames.frame(frames.BODY_WANTED, request_id, _pack_u32(size)))
        if self._credit is None:
            while not upload.answered:
                if not self.pump():
                    upload.broken = "the server has ended"
        else:
            with self._credit:
                self._credit.wait_for(lambda: upload.answered)

    def reserve(self, flow: ResponseFlow, size: int) -> None:
        """Wait until the window has room for a frame of ``size`` bytes, and count it.

        Returns early if the client has left.
        """
        size += frames.FRAME_COST_BYTES
        if self._credit is None:
            # Read GONE even if the window has room: otherwise a stream of small chunks would not notice that its client
            # has left.
            if select.select([self.requests], [], [], 0)[0] and not self.pump():
                flow.gone = True
            while flow.in_flight + size > frames.WINDOW_BYTES and not flow.gone:
                if not self.pump():
                    flow.gone = True
            flow.in_flight += size
        else:
            # Counted under the lock, because the main thread subtracts what the client takes.
            with self._credit:
                self._credit.wait_for(lambda: flow.in_flight + size <= frames.WINDOW_BYTES or flow.gone)
                flow.in_flight += size

    def hand_over(self, flow: ResponseFlow) -> bool:
        """Wait until the front has opened the file of FILE. Returns False if it cannot."""
        if self._credit is None:
            while flow.file_taken is None and self.pump():
                pass
        else:
            with self._credit:
                self._credit.wait_for(lambda: flow.file_taken is not None or flow.gone)
        return flow.file_taken is not False

    @contextmanager
    def all_locks(self) -> Iterator[None]:
        """Hold both locks: meanwhile no other thread writes a frame or counts bytes in flight."""
        with self._lock or nullcontext(), self._credit or nullcontext():
            yield

    def close_flows(self) -> None:
        """Wake the waiting threads, because the connection has ended."""
        if self._credit is not None:
            with self._credit:
                for flow in list(self.flows.values()):
                    flow.gone = True
                for upload in list(self.uploads.values()):
                    upload.broken = "the server has ended"
                self._credit.notify_all()
