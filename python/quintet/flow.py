"""How far a long response and a long request body have come."""

from __future__ import annotations

from typing import Optional


class Stream:
    """The flow of one response that is longer than a frame: how much is on its way, whether anybody reads it."""

    __slots__ = ("in_flight", "gone", "file_taken")

    def __init__(self) -> None:
        self.in_flight = 0
        self.gone = False
        self.file_taken: Optional[bool] = None  # the front's answer to FILE


class Upload:
    """What has come of a request's body that is sent as the application reads it."""

    __slots__ = ("asked", "piece", "ended", "broken")

    def __init__(self) -> None:
        self.asked = False  # and not answered: whoever was interrupted while it waited does not ask again
        self.piece = memoryview(b"")
        self.ended = False
        self.broken: Optional[str] = None  # why the rest does not come

    @property
    def answered(self) -> bool:
        """Something has come of what was asked for."""
        return bool(self.piece) or self.ended or self.broken is not None
