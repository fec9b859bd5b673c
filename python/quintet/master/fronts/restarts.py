"""How long to wait before a front that has died is started again."""

from __future__ import annotations

from typing import Optional

# The first wait. Each further one is twice as long, up to the maximum.
FIRST_DELAY_SECONDS = 0.25
MAX_DELAY_SECONDS = 30.0
# A front that served for this long does not count as failed.
LONG_LIFE_SECONDS = 5.0


class Restarts:
    """Counts consecutive failures of fronts: those that did not start, or died soon after."""

    def __init__(self) -> None:
        self._failures = 0

    def forget(self) -> None:
        """Forget the failures, because other fronts serve now."""
        self._failures = 0

    def delay(self, served_seconds: Optional[float]) -> float:
        """Seconds to wait after a front that served for this long; None if it never did."""
        lived = served_seconds is not None and served_seconds > LONG_LIFE_SECONDS
        self._failures = 0 if lived else self._failures + 1
        # Restart at once after the first failure, because clients wait.
        if served_seconds is not None and self._failures <= 1:
            return 0.0
        doublings = min(self._failures - 1, 20)  # a night of failures would overflow 2.0 ** 1024
        return min(FIRST_DELAY_SECONDS * 2.0**doublings, MAX_DELAY_SECONDS)
