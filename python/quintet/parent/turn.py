"""One change of what serves at a time: the start, a reload, an upgrade."""

from __future__ import annotations

from typing import List

from .loop import Call


class Turn:
    """Whose turn it is, and what has to wait until that is over."""

    def __init__(self) -> None:
        # "start", "reload" or "upgrade"; nothing if nobody's.
        self.whose = "start"
        self._afterwards: List[Call] = []

    def begin(self, whose: str) -> None:
        """Others are to wait."""
        self.whose = whose

    def over(self) -> None:
        """Whatever has come of it."""
        self.whose = ""
        calls, self._afterwards = self._afterwards, []
        for call in calls:
            call()

    def after(self, call: Call) -> None:
        """Call something when the turn is over; at once if it is nobody's."""
        if self.whose:
            self._afterwards.append(call)
        else:
            call()
