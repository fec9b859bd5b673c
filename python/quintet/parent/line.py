"""JSON over a socket, a value a line, both ways: with a front, and with a command that asks something."""

from __future__ import annotations

import json
import socket
from typing import Any, Callable, Dict

from .loop import Loop

Value = Dict[str, Any]


class Line:
    """One side of such a conversation. What cannot be written at once is kept."""

    def __init__(self, loop: Loop, connection: socket.socket, told: Callable[[Value], None], ended: Callable[[], None]):
        self._loop = loop
        self._socket = connection
        self._told = told
        self._ended = ended
        self._in = b""
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
            *lines, self._in = (self._in + data).split(b"\n")
            for line in lines:
                try:
                    value = json.loads(line)
                except ValueError:
                    return self._end()  # it speaks another language
                self._told(value)

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
        self._ended()
