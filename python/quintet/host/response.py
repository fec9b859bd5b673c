"""The answer of Node as the iterable that a server is given."""

from __future__ import annotations

from typing import Iterator

from ..errors import QuintetError
from ..wire import frames
from .connection import Event, Lost
from .conversation import Conversation
from .frame_checks import Head, split_head
from .request_body import Body


class Answer:
    """The iterable that the server is given."""

    def __init__(self, conversation: Conversation, body: Body, event: Event, method: str) -> None:
        self._conversation = conversation
        self._body = body
        self._ended = event.kind == frames.ANSWER
        (status, headers), self._first = split_head(event.payload)
        self._untaken = 0
        bodiless = method == "HEAD" or status[:3] in ("204", "304")
        if self._ended and not event.flags & frames.HAS_LENGTH and not bodiless:
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
        line, box = self._conversation.line, self._conversation.box
        if self._untaken:
            # The server asks for more, so it has sent what it was given before.
            line.send(frames.frame(frames.CREDIT, box.number, frames.U32.pack(self._untaken)))
            self._untaken = 0
        try:
            event = self._conversation.receive()
        except Lost as error:
            self._ended = True
            raise QuintetError(error.code, "Node ended (%s) within a response." % error) from None
        if event.kind == frames.DATA:
            self._untaken = len(event.payload) + frames.FRAME_COST_BYTES
            return event.payload
        self._ended = True
        if event.kind == frames.END:
            raise StopIteration
        # The server closes the connection, so that the client sees that the response is not whole.
        raise QuintetError("QUINTET_BAD_ANSWER", "The application ended its response early.")

    def close(self) -> None:
        """The server needs no more of it."""
        if not self._ended:
            self._ended = True
            number = self._conversation.box.number
            self._conversation.line.send(frames.frame(frames.GONE, number))
        self._conversation.close()
        self._body.close()
