"""Hooks for bench/garbage.ts: when a worker collects garbage, by GARBAGE, and how long that takes.

``now`` as Python does, ``idle`` while nothing waits to be run, ``off`` never.
"""

import gc
import json
import os
import select
import time

from quintet.wire.channel import Channel

MODE = os.environ["GARBAGE"]
YOUNG = 700  # as Python's own first threshold
BUSY = 50_000  # so many new objects are collected among within a request, too
FULL = 10.0  # seconds between two full collections

seconds = 0.0
longest = 0.0
runs = 0
_since = 0.0


def _time(phase, info):
    global seconds, longest, runs, _since
    if phase == "start":
        _since = time.perf_counter()
        return
    took = time.perf_counter() - _since
    seconds += took
    longest = max(longest, took)
    runs += 1


def _collect_when_idle():
    """``pump`` is what a worker calls when it has nothing to run, and what waits."""
    gc.set_threshold(BUSY, 20, 1000)
    pump = Channel.pump
    last = time.monotonic()

    def collect_and_pump(self):
        nonlocal last
        if gc.get_count()[0] > YOUNG and not select.select([self.requests], [], [], 0)[0]:
            due = time.monotonic() - last > FULL
            gc.collect(2 if due else 1)
            if due:
                last = time.monotonic()
        return pump(self)

    Channel.pump = collect_and_pump


def post_fork(worker):
    gc.callbacks.append(_time)
    if MODE == "off":
        gc.disable()
    elif MODE == "idle":
        _collect_when_idle()


def worker_exit(worker):
    with open(os.environ["GARBAGE_REPORT"], "w") as file:
        json.dump({"seconds": seconds, "longest": longest, "runs": runs}, file)
