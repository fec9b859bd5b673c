"""A worker's connection to the front: frames in, frames out."""

from __future__ import annotations

import select
import socket
import threading
from collections import deque
from contextlib import contextmanager, nullcontext
from typing import Callable, Deque, Dict, Iterator, Mapping, NamedTuple, NoReturn, Optional, Tuple, cast

from ..shared.shape import ProtocolError
from ..shared.standard_streams import complain
from . import frames
from .flow import ResponseFlow, UploadFlow
from .page import Page

_unpack_header = frames.HEADER.unpack_from
_unpack_u32 = frames.U32.unpack_from
_pack_u32 = frames.U32.pack

# How long what the front sends is, by its type; -1 for any length.
_SIZES = {
    frames.CREDIT: 4,
    frames.GONE: 0,
    frames.BODY: -1,
    frames.BODY_END: 0,
    frames.BODY_GONE: -1,
    frames.FILE_TAKEN: 0,
    frames.FILE_REFUSED: 0,
    frames.INTERRUPT: 0,
}


class Request(NamedTuple):
    """A request as it lies in the receive buffer; decoded only when it is run."""

    id: int
    flags: int
    buffer: bytes
    start: int
    stop: int


class ForkedChild(BaseException):
    """Raised where a process that the application has forked would speak for the worker that it comes from."""

    def __init__(self) -> None:
        super().__init__("this process was forked from a worker, and cannot answer its requests")


class Channel:
    """Frames over two unix sockets, one for each way. ``locked`` when several threads write.

    Two, because whoever writes to a process that has just died loses what that had written before: with one
    socket a request that crosses the last answer of a worker on its way would take the answer with it.
    """

    def __init__(self, requests: socket.socket, answers: socket.socket, page: Page, locked: bool) -> None:
        self.requests = requests
        self.answers = answers
        self.page = page
        self.pending: Deque[Request] = deque()
        self.flows: Dict[int, ResponseFlow] = {}
        self.uploads: Dict[int, UploadFlow] = {}
        self.on_interrupt: Callable[[int], None] = lambda number: None
        self._rest = b""
        self._broken: Optional[ProtocolError] = None
        self._lock = threading.Lock() if locked else None
        self._credit = threading.Condition() if locked else None
        # This process was forked by the application.
        self.disowned = False

    def disown(self) -> None:
        """In a process that the application has forked: nothing is taken from the front any more, and nothing sent."""
        self.disowned = True
        self._lock = self._credit = None  # another thread may have held them, and is not here
        self.requests.close()
        self.answers.close()
        self.requests = self.answers = cast(socket.socket, _NotOurs())

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
        """Hand a record to the front's log; it adds this worker's pid and the request's id."""
        if self.disowned:
            complain(text)
            return
        try:
            self.send_json(frames.LOG, request_id, {"level": level, "text": frames.cut(text)})
        except OSError:
            pass  # the front is gone, and its log with it

    def pump(self) -> bool:
        """Read what the front has sent, waiting if there is nothing. False at the end of the connection.

        Raises ProtocolError, again and again, for what it does not send: what follows that cannot be read either.
        """
        if self._broken is not None:
            raise self._broken
        data = self.requests.recv(262144)
        if not data:
            return False
        buffer = self._rest + data if self._rest else data
        position, end = 0, len(buffer)
        pending = self.pending
        while end - position >= 12:
            length, number, kind, flags, _ = _unpack_header(buffer, position)
            start = position + 12
            if end - start < length:
                if length > frames.MAX_FRAME_BYTES:
                    raise self._break("a frame of type %d that is %d bytes long" % (kind, length))
                break
            position = start + length
            if kind == 1:
                pending.append(Request(number, flags, buffer, start, position))
            else:
                self._control(kind, number, buffer, start, position)
        self._rest = buffer[position:] if position < end else b""
        return True

    def _break(self, what: str) -> ProtocolError:
        self._broken = ProtocolError("the server sent %s" % what)
        return self._broken

    def _control(self, kind: int, number: int, buffer: bytes, start: int, stop: int) -> None:
        size = _SIZES.get(kind)
        if size is None or (size >= 0 and stop - start != size):
            raise self._break("a frame of type %d of %d bytes" % (kind, stop - start))
        if frames.BODY <= kind <= frames.BODY_GONE:
            upload = self.uploads.get(number)
            if upload is not None:
                self._uploaded(upload, kind, buffer, start, stop)
            return
        if kind == frames.INTERRUPT:
            self.on_interrupt(number)
            return
        flow = self.flows.get(number)
        if flow is None:
            return  # its response has ended meanwhile
        if self._credit is None:
            self._flow(flow, kind, buffer, start)
        else:
            with self._credit:
                self._flow(flow, kind, buffer, start)
                self._credit.notify_all()

    def _flow(self, flow: ResponseFlow, kind: int, buffer: bytes, start: int) -> None:
        if kind == frames.CREDIT:
            flow.in_flight -= _unpack_u32(buffer, start)[0]
        elif kind == frames.GONE:
            flow.gone = True
        elif kind in (frames.FILE_TAKEN, frames.FILE_REFUSED):
            flow.file_taken = kind == frames.FILE_TAKEN

    def _uploaded(self, upload: UploadFlow, kind: int, buffer: bytes, start: int, stop: int) -> None:
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

    def want(self, number: int, upload: UploadFlow, size: int) -> None:
        """Ask for at most ``size`` bytes of a body, and wait until something has come, or its end."""
        if not upload.asked:
            upload.asked = True
            self.send(frames.frame(frames.BODY_WANTED, number, _pack_u32(size)))
        if self._credit is None:
            while not upload.answered:
                if not self.pump():
                    upload.broken = "the server has ended"
        else:
            with self._credit:
                self._credit.wait_for(lambda: upload.answered)

    def reserve(self, flow: ResponseFlow, size: int) -> None:
        """Wait until a frame of ``size`` more bytes of a response may be sent, or its client is gone."""
        size += frames.FRAME_COST_BYTES
        if self._credit is None:
            if select.select([self.requests], [], [], 0)[0] and not self.pump():
                flow.gone = True  # a client that left is noticed here, also by a stream of small chunks
            while flow.in_flight + size > frames.WINDOW_BYTES and not flow.gone:
                if not self.pump():
                    flow.gone = True
            flow.in_flight += size
        else:
            # Counted under the lock: the main thread counts what is taken, and would undo what is counted meanwhile.
            with self._credit:
                self._credit.wait_for(lambda: flow.in_flight + size <= frames.WINDOW_BYTES or flow.gone)
                flow.in_flight += size

    def hand_over(self, flow: ResponseFlow) -> bool:
        """Wait until the front has opened the file that is the rest of a response. False if it cannot."""
        if self._credit is None:
            while flow.file_taken is None and self.pump():
                pass
        else:
            with self._credit:
                self._credit.wait_for(lambda: flow.file_taken is not None or flow.gone)
        return flow.file_taken is not False

    @contextmanager
    def held(self) -> Iterator[None]:
        """While this lasts no other thread is within a frame that it writes, or counts what is on its way."""
        with self._lock or nullcontext(), self._credit or nullcontext():
            yield

    def close_streams(self) -> None:
        """The connection has ended: nobody waits any longer."""
        if self._credit is not None:
            with self._credit:
                for flow in list(self.flows.values()):
                    flow.gone = True
                for upload in list(self.uploads.values()):
                    upload.broken = "the server has ended"
                self._credit.notify_all()


class _NotOurs:
    """In the place of a socket that another process uses."""

    def fileno(self) -> NoReturn:
        raise ForkedChild

    def recv(self, _size: int) -> NoReturn:
        raise ForkedChild

    def sendall(self, _data: bytes) -> NoReturn:
        raise ForkedChild


def split_request(request: Request) -> Tuple[str, bytes]:
    """The environ text of a request, and its body (or the path of the file that holds it)."""
    buffer, start = request.buffer, request.start
    length = _unpack_u32(buffer, start)[0] if request.stop - start >= 4 else request.stop
    middle: int = start + 4 + length
    if middle > request.stop:
        raise ProtocolError("a request of %d bytes whose environ is longer" % (request.stop - start))
    return buffer[start + 4 : middle].decode("latin-1"), buffer[middle : request.stop]
