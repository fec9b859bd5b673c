"""How long to wait before a front that has died is started again."""

from __future__ import annotations

from typing import Optional

# The first wait; each further one is twice as long, up to the last.
FIRST_DELAY_SECONDS = 0.25
MAX_DELAY_SECONDS = 30.0
# A front that served for this long has not failed.
LONG_LIFE_SECONDS = 5.0


class Restarts:
    """Counts the fronts that failed one after the other: those that did not start, or died soon after."""

    def __init__(self) -> None:
        self._failures = 0

    def forget(self) -> None:
        """Other fronts serve now."""
        self._failures = 0

    def delay(self, served_seconds: Optional[float]) -> float:
        """Seconds to wait after a front that served for this long; None if it never did."""
        lived = served_seconds is not None and served_seconds > LONG_LIFE_SECONDS
        self._failures = 0 if lived else self._failures + 1
        # The first time at once, because clients wait.
        if served_seconds is not None and self._failures <= 1:
            return 0.0
        doublings = min(self._failures - 1, 20)  # a night of failures would overflow 2.0 ** 1024
        return min(FIRST_DELAY_SECONDS * 2.0**doublings, MAX_DELAY_SECONDS)
