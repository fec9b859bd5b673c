"""The connection between the threads of a server and its Node process."""

from __future__ import annotations

import json
import sys
import threading
from collections import deque
from typing import Callable, Deque, Dict, NamedTuple

from ..shared.printable import printable_lines
from ..shared.shape import ProtocolError
from ..wire import frames
from .frame_checks import check_length, check_payload
from .node_process import NodeProcess


class Frame(NamedTuple):
    """A frame from Node."""

    kind: int
    flags: int
    number: int
    payload: bytes


class NodeEnded(Exception):
    """Node has ended. ``begun``: whether it had begun the request, which must not run again then."""

    def __init__(self, begun: bool, how: str, code: str) -> None:
        super().__init__(how)
        self.begun = begun
        self.code = code


class Inbox:
    """The frames for one thread, until the thread handles them."""

    def __init__(self, lock: threading.Lock) -> None:
        self.number = 0
        self.frames: Deque[Frame] = deque()
        self.arrived = threading.Condition(lock)


class NodeConnection:
    """Sends frames to Node and distributes the frames from Node to the threads that wait for them.

    There is no reading thread: one of the waiting threads reads for all. With a server of one thread that is the least
    work, and it works where Python threads do not run between two requests (uWSGI).
    """

    def __init__(self, node: NodeProcess, on_call: Callable[[NodeConnection, Frame], None]) -> None:
        self.node = node
        self.dead = False
        self._on_call = on_call
        self._how = ""
        self._code = "QUINTET_WORKER_DIED"
        self._noted = 0
        self._last = 0
        self._sending = threading.Lock()
        self.lock = threading.Lock()
        self._requests: Dict[int, Inbox] = {}
        self._calls: Dict[int, Inbox] = {}
        self._waiting: Dict[Inbox, None] = {}
        self._reading = False
        self._rest = b""

    @property
    def worn_out(self) -> bool:
        """Its request ids are nearly used up."""
        return self._last >= frames.MAX_REQUEST_ID

    def request(self, inbox: Inbox, payload: bytes, flags: int) -> None:
        """Send a request. The frames that answer it go into the inbox."""
        with self._sending:
            inbox.number = self._last = self._last + 1
            with self.lock:
                self._requests[inbox.number] = inbox
            self._write(frames.frame(frames.REQUEST, inbox.number, payload, flags))

    def send(self, data: bytes) -> None:
        """Write one or more whole frames. An error shows when the next frame is read."""
        with self._sending:
            self._write(data)

    def _write(self, data: bytes) -> None:
        try:
            self.node.requests.sendall(data)
        except OSError:
            pass  # Node has ended; receive() will notice
        except BaseException:
            # Interrupted, perhaps in the middle of a frame: Node could not read anything after it.
            self.node.requests.close()
            raise

    def adopt(self, inbox: Inbox, call: int) -> None:
        """From now on, put the frames of a call into this inbox."""
        with self.lock:
            self._calls[call] = inbox

    def called(self, call: int) -> None:
        """Forget a call that is over."""
        with self.lock:
            self._calls.pop(call, None)

    def forget(self, inbox: Inbox) -> None:
        """Forget a request that is over or abandoned. Calls that its thread has not begun go to another thread."""
        with self.lock:
            self._requests.pop(inbox.number, None)
        gone = {frame.number for frame in inbox.frames if frame.kind == frames.CALL_GONE}
        for frame in inbox.frames:
            if frame.kind == frames.CALL and frame.number not in gone:
                self._on_call(self, frame)

    def close(self) -> None:
        """End Node, if it has not ended already."""
        with self._sending:  # otherwise a thread could write to a descriptor that has been reused
            self.node.end()

    def broken(self, what: str) -> NodeEnded:
        """Node has broken the protocol: kill it. Returns the error for the request."""
        self.node.kill()
        return NodeEnded(True, "it broke the protocol: %s" % what, ProtocolError.code)

    def receive(self, inbox: Inbox) -> Frame:
        """Wait for the next frame of an inbox. Raises NodeEnded."""
        while True:
            with self.lock:
                while self._reading and not inbox.frames:
                    self._wait(inbox)
                if inbox.frames:
                    frame = inbox.frames.popleft()
                    self._pass_on()
                    return frame
                if self.dead:
                    raise NodeEnded(inbox.number <= self._noted, self._how, self._code)
                self._reading = True
            self._read()

    def _wait(self, inbox: Inbox) -> None:
        self._waiting[inbox] = None
        try:
            inbox.arrived.wait()
        except BaseException:
            del self._waiting[inbox]
            self._pass_on()  # it may have been this thread's turn to read
            raise
        del self._waiting[inbox]

    def _read(self) -> None:
        """Read once, for all threads."""
        data = None
        try:
            try:
                data = self.node.answers.recv(262144)
            except OSError:
                data = b""
            if not data:
                self._how = self.node.ended()
        finally:
            with self.lock:
                orphans: Deque[Frame] = deque()
                try:
                    if data is not None:
                        self._distribute(data, orphans)
                except ProtocolError as error:
                    data = b""
                    self.node.kill()
                    self._how, self._code = "it broke the protocol: %s" % error, error.code
                if data == b"":
                    self.dead = True
                    self._noted = self.node.noted()
                    for inbox in self._waiting:
                        inbox.arrived.notify()
                self._reading = False
                self._pass_on()
        for frame in orphans:
            if frame.kind == frames.LOG:
                print(printable_lines(json.loads(frame.payload)["text"]), file=sys.stderr)
            else:
                self._on_call(self, frame)

    def _pass_on(self) -> None:
        """If no thread is reading, wake a waiting thread to read."""
        if not self._reading:
            for inbox in self._waiting:
                inbox.arrived.notify()
                return

    def _distribute(self, data: bytes, orphans: Deque[Frame]) -> None:
        """Put frames into their inboxes. Calls and log records without an inbox go to the orphans.

        Raises ProtocolError for data that our Node never sends.
        """
        buffer = self._rest + data
        position, end = 0, len(buffer)
        while end - position >= frames.HEADER_BYTES:
            length, number, kind, flags, _ = frames.HEADER.unpack_from(buffer, position)
            start = position + frames.HEADER_BYTES
            check_length(kind, length)
            if end - start < length:
                break
            position = start + length
            frame = Frame(kind, flags, number, buffer[start:position])
            check_payload(kind, frame.payload)
            if kind == frames.CALL:
                inbox = self._requests.get(frames.U32.unpack_from(buffer, start)[0])
                if inbox is not None:
                    self._calls[number] = inbox
            else:
                inbox = (self._calls if kind > frames.CALL else self._requests).get(number)
            if inbox is not None:
                inbox.frames.append(frame)
                inbox.arrived.notify()
            elif kind in (frames.CALL, frames.LOG):
                orphans.append(frame)
        self._rest = buffer[position:]
