"""An upgrade: fronts of the version on disk replace those that serve."""

from __future__ import annotations

import time

from ..system.json_lines import Value
from ..system.log import Log
from .fronts import Fronts
from .group import Lost
from .messages import failure


async def upgrade(log: Log, fronts: Fronts) -> Value:
    """Start new fronts while the old ones serve.

    When all are ready, the old ones drain. If one fails, nothing changes.
    """
    lost = await fronts.start_coming()
    if lost is not None:
        return _give_up(log, fronts, lost)
    before, fronts.serving, fronts.coming = fronts.serving, fronts.coming, []
    for front in before:
        if front.ended:
            continue
        if front.state == "stopping":
            fronts.leaving.add(front)
        else:
            fronts.drain(front)
    fronts.scaled = None
    fronts.generation += 1
    fronts.restarts.forget()
    version = fronts.serving[0].version
    log.info("upgraded: version %s serves" % version)
    seconds = time.monotonic() - fronts.serving[0].started_at
    return {"ok": {"version": version, "generation": fronts.generation, "seconds": seconds}}


def _give_up(log: Log, fronts: Fronts, lost: Lost) -> Value:
    for other in fronts.coming:
        if other.state == "ready":
            fronts.drain(other)  # it already has connections
            continue
        fronts.leaving.add(other)
        if other.state != "stopping":  # a front that was told to stop finishes its requests
            other.kill()
    fronts.coming = []
    message = "the new front ended (%s) before it served" % lost.how
    error = lost.front.failure or failure(message, advice="See what it wrote to the server's stderr.")["error"]
    if not fronts.ending:
        log.error("nothing was changed: %s" % error["message"], code=error["code"], detail=error["detail"])
    return {"error": error}
