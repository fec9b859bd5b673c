"""The frames between the threads of a server and its Node process."""

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


class Event(NamedTuple):
    """A frame of Node's."""

    kind: int
    flags: int
    number: int
    payload: bytes


class Lost(Exception):
    """Node has ended. ``begun`` if it had begun the request, so that nobody may run it again."""

    def __init__(self, begun: bool, how: str, code: str) -> None:
        super().__init__(how)
        self.begun = begun
        self.code = code


class Box:
    """What has come for one thread that it has not dealt with yet."""

    def __init__(self, lock: threading.Lock) -> None:
        self.number = 0
        self.events: Deque[Event] = deque()
        self.arrived = threading.Condition(lock)


class Line:
    """Frames out, and in.

    No thread only reads: of those that wait for something one reads for all. With a server of one thread that is the
    least work, and it works where threads of Python do not run between two requests (uWSGI).
    """

    def __init__(self, node: NodeProcess, on_call: Callable[[Line, Event], None]) -> None:
        self.node = node
        self.dead = False
        self._on_call = on_call
        self._how = ""
        self._code = "QUINTET_WORKER_DIED"
        self._noted = 0
        self._last = 0
        self._sending = threading.Lock()
        self.lock = threading.Lock()
        self._requests: Dict[int, Box] = {}
        self._calls: Dict[int, Box] = {}
        self._waiting: Dict[Box, None] = {}
        self._reading = False
        self._rest = b""

    @property
    def worn_out(self) -> bool:
        """Its numbers come near their end."""
        return self._last >= 0xFFFF0000

    def request(self, box: Box, payload: bytes, flags: int) -> None:
        """Send a request; what comes for it goes into the box."""
        with self._sending:
            box.number = self._last = self._last + 1
            with self.lock:
                self._requests[box.number] = box
            self._write(frames.frame(frames.REQUEST, box.number, payload, flags))

    def send(self, data: bytes) -> None:
        """Write one or more whole frames. Whether they arrive, the next event says."""
        with self._sending:
            self._write(data)

    def _write(self, data: bytes) -> None:
        try:
            self.node.requests.sendall(data)
        except OSError:
            pass  # Node has ended, which is noticed where its answers are read
        except BaseException:
            # Interrupted, perhaps within a frame: nothing that came after it would be understood.
            self.node.requests.close()
            raise

    def adopt(self, box: Box, call: int) -> None:
        """Put what comes for a call into this box."""
        with self.lock:
            self._calls[call] = box

    def called(self, call: int) -> None:
        """A call is over."""
        with self.lock:
            self._calls.pop(call, None)

    def forget(self, box: Box) -> None:
        """A request is over, or nobody waits for it. Calls that its thread has not begun are begun by another."""
        with self.lock:
            self._requests.pop(box.number, None)
        gone = {event.number for event in box.events if event.kind == frames.CALL_GONE}
        for event in box.events:
            if event.kind == frames.CALL and event.number not in gone:
                self._on_call(self, event)

    def close(self) -> None:
        """Node has ended, or is to end now."""
        with self._sending:  # nobody writes meanwhile to a descriptor that is another's by then
            self.node.end()

    def broken(self, what: str) -> Lost:
        """Node has sent a frame that has no place there: it is killed, and whoever waits for it is told."""
        self.node.kill()
        return Lost(True, "it broke the protocol: %s" % what, ProtocolError.code)

    def receive(self, box: Box) -> Event:
        """The next event of a box; waits for it. Raises Lost."""
        while True:
            with self.lock:
                while self._reading and not box.events:
                    self._wait(box)
                if box.events:
                    event = box.events.popleft()
                    self._pass_on()
                    return event
                if self.dead:
                    raise Lost(box.number <= self._noted, self._how, self._code)
                self._reading = True
            self._read()

    def _wait(self, box: Box) -> None:
        self._waiting[box] = None
        try:
            box.arrived.wait()
        except BaseException:
            del self._waiting[box]
            self._pass_on()  # it may have been this one's turn to read
            raise
        del self._waiting[box]

    def _read(self) -> None:
        """Read once, for whomever it is."""
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
                orphans: Deque[Event] = deque()
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
                    for box in self._waiting:
                        box.arrived.notify()
                self._reading = False
                self._pass_on()
        for event in orphans:
            if event.kind == frames.LOG:
                print(printable_lines(json.loads(event.payload)["text"]), file=sys.stderr)
            else:
                self._on_call(self, event)

    def _pass_on(self) -> None:
        """Somebody else who waits is to read, if nobody does."""
        if not self._reading:
            for box in self._waiting:
                box.arrived.notify()
                return

    def _distribute(self, data: bytes, orphans: Deque[Event]) -> None:
        """Put frames into their boxes, those that need somebody and belong to nobody to the orphans.

        Raises ProtocolError for what no Node of ours sends.
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
            event = Event(kind, flags, number, buffer[start:position])
            check_payload(kind, event.payload)
            if kind == frames.CALL:
                box = self._requests.get(frames.U32.unpack_from(buffer, start)[0])
                if box is not None:
                    self._calls[number] = box
            else:
                box = (self._calls if kind > frames.CALL else self._requests).get(number)
            if box is not None:
                box.events.append(event)
                box.arrived.notify()
            elif kind in (frames.CALL, frames.LOG):
                orphans.append(event)
        self._rest = buffer[position:]
