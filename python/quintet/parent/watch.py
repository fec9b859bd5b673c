"""Looks whether the fronts are alive, for themselves and for systemd's watchdog."""

from __future__ import annotations

import time

from .fronts import Fronts
from .log import Log
from .loop import Loop
from .notify import Notify

# Seconds between two questions, at most.
PAUSE = 2.0
# Seconds of silence after which a front is taken for dead.
SILENCE = 30.0
# A question that comes so many seconds too late says that we were held up ourselves, and the fronts perhaps as well.
HELD_UP = 5.0


class Watch:
    """Asks every front again and again, and kills the one that has been silent for long; its end is seen elsewhere."""

    def __init__(self, loop: Loop, log: Log, notify: Notify, fronts: Fronts) -> None:
        self._log = log
        self._notify = notify
        self._fronts = fronts
        self._pause = min(PAUSE, notify.watchdog / 4) if notify.watchdog else PAUSE
        self._last = time.monotonic()
        loop.every(self._pause, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        held_up = now - self._last > self._pause + HELD_UP
        self._last = now
        for front in self._fronts.all:
            if front.gone:
                continue
            if held_up:
                front.heard = now
            elif now - front.heard > SILENCE:
                self._log.error("front %d has been silent for %d s: killed" % (front.pid, now - front.heard))
                front.kill()
            front.ask("ping", lambda _: None)
        # One of several that is silent is killed above in time; the service is well meanwhile.
        serving = self._fronts.serving
        if not serving or any(now - front.heard < max(2 * self._pause, 1.0) + 0.5 for front in serving):
            self._notify.alive()
