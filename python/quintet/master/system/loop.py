"""The event loop of the master: sockets, signals and timers, in one thread."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import signal
import time
from typing import Any, Callable, Coroutine, Dict, List, Tuple, TypeVar

from .tasks import Task

Call = Callable[[], None]
T = TypeVar("T")


class Timer:
    """A call that is due later."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        """Do not make the call."""
        self.cancelled = True


class Loop:
    """Runs one call after the other. If one raises an exception, `failed` is called and the loop continues."""

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

    def watch(self, descriptor: int, ready: Call, writable: bool = False) -> None:
        """Call `ready` whenever the descriptor is readable or, with `writable`, when it is writable too."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writable else 0)
        if descriptor in self._selector.get_map():
            self._selector.modify(descriptor, events, ready)
        else:
            self._selector.register(descriptor, events, ready)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching. The descriptor must still be open."""
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    def later(self, seconds: float, call: Call) -> Timer:
        """Call something after this many seconds."""
        timer = Timer(call)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))
        return timer

    def every(self, seconds: float, call: Call) -> None:
        """Call something at this interval."""

        def again() -> None:
            self.later(seconds, again)
            call()

        self.later(seconds, again)

    def spawn(self, coroutine: Coroutine[Any, None, T]) -> Task[T]:
        """Run a coroutine: now, up to its first wait, then whenever the awaited value arrives."""
        return Task(coroutine, self._failed)

    def on(self, number: int, call: Call) -> None:
        """Call something whenever this signal arrives, never in the middle of another call."""
        self._signals[number] = call
        signal.signal(number, lambda *_: None)  # the number comes through the pipe

    def run(self) -> None:
        """Run until `stop` is called."""
        while self._running:
            for key, _ in self._selector.select(self._pause()):
                # An earlier call of this round may have closed it.
                if self._selector.get_map().get(key.fd) is key:
                    self._call(key.data)
            while self._timers and self._timers[0][0] <= time.monotonic():
                timer = heapq.heappop(self._timers)[2]
                if not timer.cancelled:
                    self._call(timer.call)

    def stop(self) -> None:
        """Have `run` return."""
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
