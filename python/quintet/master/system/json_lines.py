"""JSON over a socket, one object a line, both ways: with a front, and with a `quintet` command."""

from __future__ import annotations

import json
import socket
from typing import Any, Callable, Dict

from ...shared.shape import ProtocolError, parse_json
from .loop import Loop

Value = Dict[str, Any]

# Longer lines from a front break the protocol.
MAX_LINE_BYTES = 16 * 1024 * 1024


class LineReader:
    """Cuts bytes into lines, each an object. Raises ProtocolError for any other line; do not use it after that."""

    def __init__(self, received: Callable[[Value], None], max_bytes: int = MAX_LINE_BYTES) -> None:
        self._received = received
        self._max_bytes = max_bytes
        self._partial = bytearray()
        self.stopped = False

    def push(self, data: bytes) -> None:
        """Pass on every line that is complete now."""
        if self.stopped:
            return
        self._partial += data
        if b"\n" in data:
            *lines, rest = bytes(self._partial).split(b"\n")
            self._partial = bytearray(rest)
            for line in lines:
                if self.stopped:
                    return
                self._check(len(line))
                self._received(parse_json(line, "a line"))
        self._check(len(self._partial))

    def _check(self, length: int) -> None:
        if length > self._max_bytes:
            raise ProtocolError("a line is longer than %d bytes" % self._max_bytes)


class JsonLinesListener:
    """Is notified of what happens on a JsonLines."""

    def received(self, value: Value) -> None:
        """A line has arrived. Raises ProtocolError to end the conversation."""

    def broken(self, error: ProtocolError) -> None:
        """A line broke the protocol. The connection is closed after this call."""

    def closed(self) -> None:
        """The connection is closed."""


class JsonLines:
    """One end of a conversation. Buffers what the socket does not take at once."""

    def __init__(
        self,
        loop: Loop,
        connection: socket.socket,
        listener: JsonLinesListener,
        max_bytes: int = MAX_LINE_BYTES,
    ) -> None:
        self._loop = loop
        self._socket = connection
        self._listener = listener
        self._reader = LineReader(self._received, max_bytes)
        self._out = b""
        self._open = True
        self._closing = False
        connection.setblocking(False)
        loop.watch(connection.fileno(), self._ready)

    def send(self, value: Value) -> None:
        """Write a line. It is dropped if the connection is closed."""
        if self._open:
            self._out += json.dumps(value).encode() + b"\n"
            self._write()

    def close(self) -> None:
        """Close once everything is written."""
        self._closing = True
        self._write()

    def read(self) -> None:
        """Read all that has arrived."""
        while self._open:
            try:
                data = self._socket.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                return self.drop()
            try:
                self._reader.push(data)
            except ProtocolError as error:
                self._listener.broken(error)
                return self.drop()

    def ignore_input(self) -> None:
        """Ignore every further line. The end of the connection is still noticed."""
        self._reader.stopped = True

    def drop(self) -> None:
        """Close at once."""
        if not self._open:
            return
        self._open = False
        self._loop.unwatch(self._socket.fileno())
        self._socket.close()
        self._listener.closed()

    def _received(self, value: Value) -> None:
        if self._open:
            self._listener.received(value)

    def _ready(self) -> None:
        self._write()
        self.read()

    def _write(self) -> None:
        try:
            while self._open and self._out:
                self._out = self._out[self._socket.send(self._out) :]
        except BlockingIOError:
            pass
        except OSError:
            return self.drop()
        if not self._open:
            return
        if self._closing and not self._out:
            return self.drop()
        self._loop.watch(self._socket.fileno(), self._ready, writable=bool(self._out))
