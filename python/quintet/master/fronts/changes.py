"""Allows one change at a time: the start, a reload or an upgrade."""

from __future__ import annotations

from typing import List

from ..system.tasks import Pending


class Changes:
    """Knows the change under way, and lets others wait for its end."""

    def __init__(self) -> None:
        # "start", "reload" or "upgrade"; empty if no change is under way.
        self.current = "start"
        self._waiting: List[Pending[None]] = []

    def begin(self, name: str) -> None:
        """Begin a change. A reload becomes an upgrade when a front dies during it."""
        self.current = name

    def end(self) -> None:
        """End the change, whether it succeeded or failed, and wake the waiting ones in order of arrival."""
        self.current = ""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.resolve(None)

    async def until_free(self) -> None:
        """Wait until no change is under way."""
        while self.current:
            pending: Pending[None] = Pending()
            self._waiting.append(pending)
            await pending
