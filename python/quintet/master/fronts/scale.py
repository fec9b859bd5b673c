"""Sets the total number of workers that a command or a signal asks for."""

from __future__ import annotations

from typing import List, Tuple

from ..system.json_lines import Value
from ..system.log import Log
from ..system.loop import Loop
from ..system.tasks import all_of
from .fronts import Fronts
from .messages import failure
from .shares import share
from .status import ask_status


class Scale:
    """Divides the number among the fronts. It applies until the next reload or upgrade.

    A front that does not serve yet gets its share once it does: see Fronts.
    """

    def __init__(self, loop: Loop, log: Log, fronts: Fronts) -> None:
        self._loop = loop
        self._log = log
        self._fronts = fronts
        # Relative steps that have not been taken yet, each with its reason.
        self._steps: List[Tuple[int, str]] = []
        self._stepping = False

    async def to(self, workers: int, why: str) -> Value:
        """Set the number of workers."""
        serving = self._fronts.serving
        changing = bool(self._fronts.changes.current)
        if 0 < workers < len(serving):
            message = "%d fronts need at least one worker each." % len(serving)
            return self._nothing_done(why, failure(message, "QUINTET_SETTING"))
        ready = [front for front in serving if front.serves]
        # The last front has the smallest share. Ask it first: if it refuses, the others are not asked.
        for group in (ready[-1:], ready[:-1]):
            orders = [
                front.order("scale", workers=share(workers, front.index, len(serving)), why=why) for front in group
            ]
            answers = await all_of(orders)
            # If a front has ended, its replacement gets the order instead.
            refusals = [said for front, said in zip(group, answers) if "error" in said and not front.ended]
            if refusals:
                return self._nothing_done(why, refusals[0])
        self._fronts.scaled = workers
        if changing:
            # The workers that are still booting do not know about it yet.
            self._loop.spawn(self._after_the_change(workers, why))
        return {"ok": {"workers": workers}}

    def by(self, difference: int, why: str) -> None:
        """Add to the number, or subtract from it.

        Each step waits for the previous one, because it starts from that number.
        """
        self._steps.append((difference, why))
        if not self._stepping:
            self._loop.spawn(self._take_steps())

    async def _take_steps(self) -> None:
        self._stepping = True
        try:
            while self._steps:
                await self._step(*self._steps.pop(0))
        finally:
            self._stepping = False

    async def _step(self, difference: int, why: str) -> None:
        serving = self._fronts.serving
        answers = await ask_status(serving)
        try:
            wanted = sum(int(answer["ok"]["pools"][0]["wanted"]) for answer in answers)
        except (IndexError, KeyError, TypeError, ValueError, OverflowError):
            return self._log.warn("%s: nothing is done, because a front does not serve" % why)
        await self.to(max(len(answers), wanted + difference), why)

    async def _after_the_change(self, workers: int, why: str) -> None:
        await self._fronts.changes.until_free()
        if not self._fronts.ending:
            await self.to(workers, why)

    def _nothing_done(self, why: str, answer: Value) -> Value:
        self._log.warn("%s: nothing is done: %s" % (why, answer["error"]["message"]))
        return answer
