"""A reload of all fronts, together or not at all."""

from __future__ import annotations

import time
from typing import List

from .front import Answer, Front, failure, is_deployment
from .fronts import Fronts
from .line import Value
from .log import Log
from .shares import gather

_NOTHING = failure("A front does not say what it would serve.", "QUINTET_PROTOCOL")


def _is_prepared(value: Value) -> bool:
    return "ok" in value and is_deployment(value["ok"].get("deployment"))


class Reload:
    """Every front boots a new generation of workers beside the old one. When all are ready they move over, all of them;
    if one cannot, none does.

    A front that ends meanwhile is followed by one that imports what is on disk now, so the others cannot stay with
    what was there before: then other fronts take the place of all.
    """

    def __init__(self, log: Log, fronts: Fronts, why: str, answer: Answer) -> None:
        self._log = log
        self._fronts = fronts
        self._why = why
        self._answer = answer
        self._serving: List[Front] = list(fronts.serving)
        self._generation = fronts.generation + 1
        self._began = time.monotonic()

    def begin(self) -> None:
        """It is our turn."""
        self._fronts.turn.begin("reload")
        self._log.info("%s: reloading" % self._why)
        gather(self._serving, lambda front, said: front.ask("prepare", said), self._prepared)

    def _prepared(self, said: List[Value]) -> None:
        wrong = [value if "error" in value else _NOTHING for value in said if not _is_prepared(value)]
        lost = [front for front in self._serving if not front.serves]
        if wrong or lost:
            for front, value in zip(self._serving, said):
                if "ok" in value:
                    front.ask("abort")
            if lost and not self._fronts.ending:
                self._log.warn("%s: front %d has ended meanwhile, starting other ones" % (self._why, lost[0].pid))
                return self._fronts.upgrade(self._answer)
            return self._end(wrong[0] if wrong else failure("The server is being stopped."))
        # A front that ends from now on is followed by one that serves this.
        self._fronts.adopt(said[0]["ok"]["deployment"], self._generation)
        gather(self._serving, self._commit, self._committed)

    def _commit(self, front: Front, said: Answer) -> None:
        front.ask("commit", said, generation=self._generation)

    def _committed(self, said: List[Value]) -> None:
        for front, value in zip(self._serving, said):
            if "error" in value and front.serves:
                # The one that follows serves what the others do.
                self._log.error("front %d does not move over, killed: %s" % (front.pid, value["error"]["message"]))
                front.kill()
        seconds = time.monotonic() - self._began
        self._log.info("generation %d serves, after %.2f s" % (self._generation, seconds))
        self._end({"ok": {"generation": self._generation, "seconds": seconds}})

    def _end(self, value: Value) -> None:
        error = value.get("error")
        if error is not None and not self._fronts.ending:
            message = "%s: nothing was changed: %s" % (self._why, error["message"])
            self._log.error(message, code=error["code"], detail=error["detail"])
        self._answer(value)
        self._fronts.turn.over()
