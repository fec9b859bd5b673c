"""What the parent waits for: sockets, signals, the ends of processes, and the time."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import signal
import time
from typing import Callable, Dict, List, Tuple

Call = Callable[[], None]


class Timer:
    """Something that is to happen later, unless it is cancelled."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        """It is not to happen."""
        self.cancelled = True


class Loop:
    """One thing after the other, in one thread. What goes wrong in one of them is `failed`'s to tell."""

    def __init__(self, failed: Call) -> None:
        self._failed = failed
        self._selector = selectors.DefaultSelector()
        self._timers: List[Tuple[float, int, Timer]] = []
        self._count = itertools.count()
        self._signals: Dict[int, Call] = {}
        self._running = True
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing)
        self.watch(reading, lambda: self._signalled(reading))

    def watch(self, descriptor: int, readable: Call, writable: bool = False) -> None:
        """Call `readable` whenever there is something to read, or with `writable` room to write as well."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writable else 0)
        if descriptor in self._selector.get_map():
            self._selector.modify(descriptor, events, readable)
        else:
            self._selector.register(descriptor, events, readable)

    def unwatch(self, descriptor: int) -> None:
        """Do not look there any more; the descriptor must still be open."""
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    def later(self, seconds: float, call: Call) -> Timer:
        """Call something in so many seconds."""
        timer = Timer(call)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))
        return timer

    def every(self, seconds: float, call: Call) -> None:
        """Call something again and again."""

        def again() -> None:
            self.later(seconds, again)
            call()

        self.later(seconds, again)

    def on(self, number: int, call: Call) -> None:
        """Call something whenever a signal comes; not within something else."""
        self._signals[number] = call
        signal.signal(number, lambda *_: None)  # the number comes through the pipe

    def run(self) -> None:
        """Until `stop`."""
        while self._running:
            for key, _ in self._selector.select(self._pause()):
                # Whoever came before it may have closed it.
                if self._selector.get_map().get(key.fd) is key:
                    self._call(key.data)
            while self._timers and self._timers[0][0] <= time.monotonic():
                timer = heapq.heappop(self._timers)[2]
                if not timer.cancelled:
                    self._call(timer.call)

    def stop(self) -> None:
        """`run` returns."""
        self._running = False

    def _call(self, call: Call) -> None:
        try:
            call()
        except Exception:
            self._failed()

    def _pause(self) -> float:
        if not self._timers:
            return 3600.0
        return max(0.0, self._timers[0][0] - time.monotonic())

    def _signalled(self, reading: int) -> None:
        for number in os.read(reading, 4096):
            call = self._signals.get(number)
            if call is not None:
                self._call(call)
