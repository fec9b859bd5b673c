"""Flow control of long responses and of request bodies that are streamed."""

from __future__ import annotations

from typing import Optional


class ResponseFlow:
    """The state of a response that takes more than one frame."""

    __slots__ = ("in_flight", "gone", "file_taken")

    def __init__(self) -> None:
        # Bytes sent that the client has not taken yet. Each DATA frame adds FRAME_COST_BYTES.
        self.in_flight = 0
        # Whether the client has left.
        self.gone = False
        # The front's answer to FILE: FILE_TAKEN or FILE_REFUSED. None until it comes.
        self.file_taken: Optional[bool] = None


class UploadFlow:
    """The state of a request body that the front sends as the application reads it."""

    __slots__ = ("asked", "piece", "ended", "broken")

    def __init__(self) -> None:
        # Whether a BODY_WANTED is unanswered. An application interrupted while it waits must not send a second one.
        self.asked = False
        # Bytes that have arrived and are unread.
        self.piece = memoryview(b"")
        # Whether the body is complete.
        self.ended = False
        # Why the rest of the body does not arrive.
        self.broken: Optional[str] = None

    @property
    def answered(self) -> bool:
        """Whether there is something to read: bytes, the end, or an error."""
        return bool(self.piece) or self.ended or self.broken is not None
