"""The status of the whole server and of each front."""

from __future__ import annotations

import os
from typing import List

from ...shared.raw_environment import shown
from ..system.json_lines import Value
from ..system.tasks import all_of
from .front import Front
from .fronts import Fronts

# A front that does not answer within this time is shown as silent.
STATUS_TIMEOUT_SECONDS = 2.0
# The state of the server during each change.
_STATES = {"start": "starting", "reload": "reloading", "upgrade": "upgrading", "": "running"}


async def server_status(fronts: Fronts, where: List[str], uptime_seconds: float) -> Value:
    """What `quintet status` shows. `where` are the addresses on which the server listens."""
    all_fronts = fronts.all
    answers = await ask_status(all_fronts)
    served = fronts.deployment["served"]
    return {
        "pid": os.getpid(),
        "target": served["served"],
        "folder": shown(served["cwd"]),
        "bind": where,
        "state": "stopping" if fronts.ending else _STATES[fronts.changes.current],
        "uptime": uptime_seconds,
        "fronts": [_front_status(front, answer) for front, answer in zip(all_fronts, answers)],
    }


async def ask_status(fronts: List[Front]) -> List[Value]:
    """The answers of fronts to the order `status`."""
    return await all_of([front.order("status", STATUS_TIMEOUT_SECONDS) for front in fronts])


def _front_status(front: Front, answer: Value) -> Value:
    """What a front reports, if it answers, and what the master knows about it."""
    known = {"pid": front.pid, "version": front.version, "pools": [], "retiring": []}
    if "ok" not in answer:
        return {**known, "state": "dead" if front.ended else "silent"}
    # A booting front reports little.
    state = answer["ok"].get("state", front.state)
    return {**known, **answer["ok"], "state": front.state if front.state != "ready" else state}
