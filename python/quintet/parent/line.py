"""JSON over a socket, a value a line, both ways: with a front, and with a command that asks something."""

from __future__ import annotations

import json
import socket
from typing import Any, Callable, Dict

from ..shared.shape import ProtocolError, parse_json
from .loop import Loop

Value = Dict[str, Any]

# Longer lines are not read, in bytes: of the questions of commands, and of all else.
QUESTION_MOST = 64 * 1024
LINE_MOST = 16 * 1024 * 1024


class LineReader:
    """Cuts bytes into lines, each an object. Raises ProtocolError for what is none; nothing can be read after that."""

    def __init__(self, told: Callable[[Value], None], most: int = LINE_MOST) -> None:
        self._told = told
        self._most = most
        self._begun = bytearray()
        self.stopped = False

    def push(self, data: bytes) -> None:
        """Tell what is whole now."""
        if self.stopped:
            return
        self._begun += data
        if b"\n" in data:
            *lines, rest = bytes(self._begun).split(b"\n")
            self._begun = bytearray(rest)
            for line in lines:
                if self.stopped:
                    return
                self._check(len(line))
                self._told(parse_json(line, "a line"))
        self._check(len(self._begun))

    def _check(self, length: int) -> None:
        if length > self._most:
            raise ProtocolError("a line is longer than %d bytes" % self._most)


class LineEvents:
    """What is told of a line."""

    def told(self, value: Value) -> None:
        """It says something. Raises ProtocolError if that cannot be."""

    def broken(self, error: ProtocolError) -> None:
        """It says what is nothing; then it ends."""

    def hung_up(self) -> None:
        """Nothing more is said."""


class Line:
    """One side of such a conversation. What cannot be written at once is kept."""

    def __init__(self, loop: Loop, connection: socket.socket, events: LineEvents, most: int = LINE_MOST) -> None:
        self._loop = loop
        self._socket = connection
        self._events = events
        self._reader = LineReader(self._tell, most)
        self._out = b""
        self._open = True
        self._closing = False
        connection.setblocking(False)
        loop.watch(connection.fileno(), self._happened)

    def send(self, value: Value) -> None:
        """Say something. To whoever has gone it is said in vain."""
        if self._open:
            self._out += json.dumps(value).encode() + b"\n"
            self._write()

    def close(self) -> None:
        """When everything is written."""
        self._closing = True
        self._write()

    def read(self) -> None:
        """Whatever has come by now."""
        while self._open:
            try:
                data = self._socket.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                return self._end()
            try:
                self._reader.push(data)
            except ProtocolError as error:
                self._events.broken(error)
                return self._end()

    def ignore(self) -> None:
        """What is said from now on is of no interest; only the end is."""
        self._reader.stopped = True

    def drop(self) -> None:
        """At once."""
        self._end()

    def _tell(self, value: Value) -> None:
        if self._open:
            self._events.told(value)

    def _happened(self) -> None:
        self._write()
        self.read()

    def _write(self) -> None:
        try:
            while self._open and self._out:
                self._out = self._out[self._socket.send(self._out) :]
        except BlockingIOError:
            pass
        except OSError:
            return self._end()
        if not self._open:
            return
        if self._closing and not self._out:
            return self._end()
        self._loop.watch(self._socket.fileno(), self._happened, writable=bool(self._out))

    def _end(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.unwatch(self._socket.fileno())
        self._socket.close()
        self._events.hung_up()
