"""The number of workers that somebody asks for, of all fronts together."""

from __future__ import annotations

from typing import List, Tuple

from .front import Answer, Front, failure
from .fronts import Fronts
from .line import Value
from .log import Log
from .shares import gather, share

# Seconds in which a front says how many it has.
STATUS_TIME = 2.0


class Scale:
    """It is divided among the fronts, and counts until the next reload or upgrade.

    A front that does not serve yet has its share once it does: see Fronts.
    """

    def __init__(self, log: Log, fronts: Fronts) -> None:
        self._log = log
        self._fronts = fronts
        # Those that are not done yet, with why.
        self._steps: List[Tuple[int, str]] = []

    def to(self, workers: int, why: str, answer: Answer) -> None:
        """So many."""
        turn, serving = self._fronts.turn, self._fronts.serving
        meanwhile = bool(turn.whose)
        if 0 < workers < len(serving):
            return answer(failure("%d fronts take at least a worker each." % len(serving), "QUINTET_SETTING"))

        def tell(front: Front, said: Answer) -> None:
            # What one does not hear any more the one that follows is told.
            def told(value: Value) -> None:
                said({"ok": {}} if front.gone else value)

            front.ask("scale", told, workers=share(workers, front.index, len(serving)), why=why)

        def least_told(said: List[Value]) -> None:
            if any("error" in value for value in said):
                return done(said)
            gather(ready[:-1], tell, done)

        def done(said: List[Value]) -> None:
            wrong = next((value for value in said if "error" in value), None)
            if wrong is None:
                self._fronts.scaled = workers
                if meanwhile:
                    # Those that come have not been asked.
                    turn.after(lambda: self.to(workers, why, lambda _: None))
            else:
                self._log.warn("%s: nothing is done: %s" % (why, wrong["error"]["message"]))
            answer(wrong or {"ok": {"workers": workers}})

        ready = [front for front in serving if front.serves]
        # The last has the least. If that is too few, nobody else is told.
        gather(ready[-1:], tell, least_told)

    def by(self, difference: int, why: str) -> None:
        """One more, or less. How many there are is only known once what came before is done."""
        self._steps.append((difference, why))
        if len(self._steps) == 1:
            self._step()

    def _step(self) -> None:
        difference, why = self._steps[0]

        def over(_: Value) -> None:
            del self._steps[0]
            if self._steps:
                self._step()

        def counted(said: List[Value]) -> None:
            try:
                wanted = sum(int(value["ok"]["pools"][0]["wanted"]) for value in said)
            except (IndexError, KeyError, TypeError, ValueError, OverflowError):
                self._log.warn("%s: nothing is done, for a front does not serve" % why)
                return over({})
            self.to(max(len(said), wanted + difference), why, over)

        gather(
            self._fronts.serving,
            lambda front, said: front.ask("status", said, seconds=STATUS_TIME),
            counted,
        )
