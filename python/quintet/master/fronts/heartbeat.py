"""Checks that the fronts are alive, and tells systemd's watchdog."""

from __future__ import annotations

import time

from ..system.log import Log
from ..system.loop import Loop
from ..system.systemd import Systemd
from .fronts import Fronts

# The longest pause between two pings of a front.
PING_INTERVAL_SECONDS = 2.0
# A front that has said nothing for this long is killed.
MAX_SILENCE_SECONDS = 30.0
# A ping that is this late shows that the master itself was held up, and perhaps the fronts too.
HELD_UP_SECONDS = 5.0


class Heartbeat:
    """Pings every front and kills one that stays silent. Fronts replaces it when its process has ended."""

    def __init__(self, loop: Loop, log: Log, systemd: Systemd, fronts: Fronts) -> None:
        self._log = log
        self._systemd = systemd
        self._fronts = fronts
        watchdog = systemd.watchdog_seconds
        self._interval = min(PING_INTERVAL_SECONDS, watchdog / 4) if watchdog else PING_INTERVAL_SECONDS
        self._last = time.monotonic()
        loop.every(self._interval, self._ping)

    def _ping(self) -> None:
        now = time.monotonic()
        held_up = now - self._last > self._interval + HELD_UP_SECONDS
        self._last = now
        for front in self._fronts.all:
            if front.ended:
                continue
            if held_up:
                front.heard_at = now
            elif now - front.heard_at > MAX_SILENCE_SECONDS:
                self._log.error("front %d has been silent for %d s: killed" % (front.pid, now - front.heard_at))
                front.kill()
            front.order("ping")
        # If one of several fronts is silent, the service as a whole is still fine.
        serving = self._fronts.serving
        if not serving or any(now - front.heard_at < max(2 * self._interval, 1.0) + 0.5 for front in serving):
            self._systemd.alive()
