"""Fronts that boot together, at the start or for an upgrade. They succeed only if all of them serve."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

from ..system.tasks import Pending
from .front import Front


class Lost(NamedTuple):
    """A front that ended before its whole group served."""

    front: Front
    how: str


class Group:
    """`outcome` is None once all fronts are ready, or the first front that ended before that."""

    def __init__(self, fronts: List[Front]) -> None:
        self._fronts = fronts
        self.outcome: Pending[Optional[Lost]] = Pending()

    def front_ready(self) -> None:
        """One of the fronts has become ready."""
        if all(front.state == "ready" for front in self._fronts):
            self.outcome.resolve(None)

    def front_ended(self, front: Front, how: str) -> None:
        """One of the fronts has ended."""
        self.outcome.resolve(Lost(front, how))
