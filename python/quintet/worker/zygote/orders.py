"""Reads the front's orders to the zygote: FORK frames."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, cast

from ...shared.shape import ProtocolError, parse_json, show
from ...wire import frames
from ..exit import end

if TYPE_CHECKING:
    from ...wire.messages import WorkerStartUp

_READ_BYTES = 65536


class Orders:
    """Reads the orders from the connection."""

    def __init__(self, front: socket.socket) -> None:
        self._front = front
        self._unread = b""

    def next(self) -> WorkerStartUp:
        """Wait for the next order and return it. Ends the process when the front closes the connection.

        Raises ProtocolError for anything other than an order.
        """
        while True:
            if len(self._unread) >= frames.HEADER_BYTES:
                length, _, kind, _, _ = frames.HEADER.unpack_from(self._unread)
                if kind != frames.FORK or length > frames.MAX_JSON_BYTES:
                    raise ProtocolError("a frame of type %d that is %d bytes long" % (kind, length))
                stop = frames.HEADER_BYTES + length
                if len(self._unread) >= stop:
                    order = parse_json(self._unread[frames.HEADER_BYTES : stop], "FORK")
                    if type(order.get("id")) is not int:
                        raise ProtocolError("FORK: id is %s" % show(order.get("id")))
                    self._unread = self._unread[stop:]
                    return cast("WorkerStartUp", order)
            data = self._front.recv(_READ_BYTES)
            if not data:
                end(0)
            self._unread += data

    @property
    def waiting(self) -> bool:
        """Whether part of an order has been read already."""
        return bool(self._unread)
