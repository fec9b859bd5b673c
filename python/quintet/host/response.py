"""Node's response as the iterable that PEP 3333 wants."""

from __future__ import annotations

from typing import Iterator

from ..errors import QuintetError
from ..wire import frames
from .connection import Frame, NodeEnded
from .frame_checks import Head, split_head
from .node_request import NodeRequest
from .request_body import RequestBody


class NodeResponse:
    """Iterates over the body. ``head`` is the status and the headers."""

    def __init__(self, request: NodeRequest, body: RequestBody, frame: Frame, method: str) -> None:
        self._request = request
        self._body = body
        self._ended = frame.kind == frames.ANSWER
        (status, headers), self._first = split_head(frame.payload)
        # Bytes given to the server for which Node has not been given credit.
        self._untaken = 0
        bodiless = method == "HEAD" or status[:3] in ("204", "304")
        if self._ended and not frame.flags & frames.HAS_LENGTH and not bodiless:
            headers.append(("Content-Length", str(len(self._first))))
        self.head: Head = (status, headers)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        first, self._first = self._first, b""
        if first:
            self._untaken = len(first)
            return first
        if self._ended:
            raise StopIteration
        connection, inbox = self._request.connection, self._request.inbox
        if self._untaken:
            # The server asks for more, so it has sent the block before.
            connection.send(frames.frame(frames.CREDIT, inbox.number, frames.U32.pack(self._untaken)))
            self._untaken = 0
        try:
            frame = self._request.receive()
        except NodeEnded as error:
            self._ended = True
            raise QuintetError(error.code, "Node ended (%s) within a response." % error) from None
        if frame.kind == frames.DATA:
            self._untaken = len(frame.payload) + frames.FRAME_COST_BYTES
            return frame.payload
        self._ended = True
        if frame.kind == frames.END:
            raise StopIteration
        # The server then closes the connection, and the client sees that the response is truncated.
        raise QuintetError("QUINTET_BAD_ANSWER", "The application ended its response early.")

    def close(self) -> None:
        """PEP 3333's close(): the server wants nothing more."""
        if not self._ended:
            self._ended = True
            number = self._request.inbox.number
            self._request.connection.send(frames.frame(frames.GONE, number))
        self._request.close()
        self._body.close()
