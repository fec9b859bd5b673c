"""The status of a front, and of the whole server."""

from __future__ import annotations

from ..system.json_lines import Value
from .front import Front


def front_status(front: Front, answer: Value) -> Value:
    """The status of a front: what it says itself, if it does, and what the master knows of it."""
    known = {"pid": front.pid, "version": front.version, "pools": [], "retiring": []}
    if "ok" not in answer:
        return {**known, "state": "dead" if front.ended else "silent"}
    # While it boots it says little.
    state = answer["ok"].get("state", front.state)
    return {**known, **answer["ok"], "state": front.state if front.state != "ready" else state}
