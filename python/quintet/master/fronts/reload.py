"""A reload: all fronts switch to new workers together, or none does."""

from __future__ import annotations

import time
from typing import Optional

from ..system.json_lines import Value
from ..system.log import Log
from ..system.tasks import all_of
from .fronts import Fronts
from .messages import failure, is_deployment
from .upgrade import upgrade


async def reload(log: Log, fronts: Fronts, why: str) -> Value:
    """Have every front boot a new generation of workers while the old one serves, and switch when all are ready.

    If a front ends meanwhile, its replacement imports the code that is now on disk, so the others cannot keep the old
    code. In that case new fronts replace all of them, as in an upgrade.
    """
    began = time.monotonic()
    serving = list(fronts.serving)
    generation = fronts.generation + 1
    log.info("%s: reloading" % why)
    answers = await all_of([front.order("prepare") for front in serving])
    unprepared = next((answer for answer in answers if not _is_prepared(answer)), None)
    lost = next((front for front in serving if not front.serves), None)
    if unprepared is not None or lost is not None:
        for front, answer in zip(serving, answers):
            if "ok" in answer:
                front.order("abort")
        if lost is not None and not fronts.ending:
            log.warn("%s: front %d has ended meanwhile, starting new fronts" % (why, lost.pid))
            fronts.changes.begin("upgrade")
            return await upgrade(log, fronts)
        return _nothing_changed(log, fronts, why, unprepared)
    # A front that ends from here on is replaced by one that serves the new deployment.
    fronts.adopt(answers[0]["ok"]["deployment"], generation)
    answers = await all_of([front.order("commit", generation=generation) for front in serving])
    for front, answer in zip(serving, answers):
        if "error" in answer and front.serves:
            # Its replacement serves what the others serve.
            why_not = answer["error"]["message"]
            log.error("front %d did not switch to the new generation, killed: %s" % (front.pid, why_not))
            front.kill()
    seconds = time.monotonic() - began
    log.info("generation %d serves, after %.2f s" % (generation, seconds))
    return {"ok": {"generation": generation, "seconds": seconds}}


def _is_prepared(answer: Value) -> bool:
    return "ok" in answer and is_deployment(answer["ok"].get("deployment"))


def _nothing_changed(log: Log, fronts: Fronts, why: str, answer: Optional[Value]) -> Value:
    if answer is None:
        answer = failure("The server is being stopped.")
    elif "error" not in answer:
        answer = failure("A front did not report what it would serve.", "QUINTET_PROTOCOL")
    if not fronts.ending:
        error = answer["error"]
        log.error("%s: nothing was changed: %s" % (why, error["message"]), code=error["code"], detail=error["detail"])
    return answer
