"""What is divided among several fronts, and what they say together."""

from __future__ import annotations

from typing import Callable, List, Optional, Sequence

from .front import Answer, Front
from .line import Value


def share(number: int, index: int, of: int) -> int:
    """What one of several gets of a number."""
    return number // of + (1 if index < number % of else 0)


def gather(fronts: Sequence[Front], ask: Callable[[Front, Answer], None], done: Callable[[List[Value]], None]) -> None:
    """Ask several; `done` gets all the answers, in their order."""
    said: List[Optional[Value]] = [None] * len(fronts)

    def answered(index: int) -> Answer:
        def answer(value: Value) -> None:
            said[index] = value
            if None not in said:
                done([each for each in said if each is not None])

        return answer

    if not fronts:
        done([])
    for index, front in enumerate(fronts):
        ask(front, answered(index))


def total(front: Front, said: Value) -> Value:
    """The status of a front: its own words, if it has any, and what its parent knows."""
    known = {"pid": front.pid, "version": front.version, "pools": [], "retiring": []}
    if "ok" not in said:
        return {**known, "state": "dead" if front.gone else "silent"}
    # While it is being loaded it has not much to say.
    state = said["ok"].get("state", front.state)
    return {**known, **said["ok"], "state": front.state if front.state != "ready" else state}
