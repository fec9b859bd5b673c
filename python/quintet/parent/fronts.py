"""The fronts there are: those that serve, those that an upgrade starts, those that only finish what they have begun."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Set

from ..shared.shape import ProtocolError
from .front import ENDED_WELL, Answer, Front, FrontEvents, failure
from .line import Value
from .listeners import Listener
from .log import Log
from .loop import Loop
from .notify import Notify
from .outputs import Outputs
from .shares import share
from .system import end_orphans
from .turn import Turn

# Seconds before a front that did not start, or died young, is started again: the first time, and at most.
BACKOFF = 0.25
BACKOFF_MOST = 30.0
# Seconds from which on a front has lived.
LIFE = 5.0
# Seconds after the end of a front at which what its workers have left behind is looked for.
ORPHANS_TIMES = (0.1, 1.0, 5.0)


class Fronts(FrontEvents):
    """Starts them, replaces one that dies, and all of them by those of a newer version."""

    def __init__(
        self,
        loop: Loop,
        log: Log,
        notify: Notify,
        config: Dict[str, Any],
        listeners: List[Listener],
        touched: Callable[[str, float], None],
        all_ended: Callable[[], None],
    ) -> None:
        self.serving: List[Front] = []
        self.coming: List[Front] = []
        self.leaving: Set[Front] = set()
        self.turn = Turn()
        # What is served, and how, as a front has read it last; one that follows a dead one serves that.
        self.deployment: Value = config["deployment"]
        # So many workers, where somebody has said so.
        self.scaled: Optional[int] = None
        # How often what is served has been loaded.
        self.generation = 1
        # All have been ready once. None is started any more.
        self.served = False
        self.ending = False
        self.status = 0
        # A front has, with workers that could not end as they should.
        self.ended_badly = False
        self._loop = loop
        self._log = log
        self._notify = notify
        self._config = config
        self._listeners = listeners
        self._touched = touched
        self._all_ended = all_ended
        self._upgraded: Optional[Answer] = None
        self._failures = 0
        self._outputs = Outputs(loop, log)

    @property
    def all(self) -> List[Front]:
        """Every front that has not ended."""
        return [*self.serving, *self.coming, *self.leaving]

    def start(self) -> None:
        """The first ones."""
        self.serving = [self._start(index, self.deployment) for index in range(self._config["fronts"])]

    def upgrade(self, answer: Answer) -> None:
        """Start fronts of the version now on disk; when they are ready, those that serve now are left to drain."""
        self.turn.begin("upgrade")
        self._upgraded = answer
        self.coming = [self._start(index, None) for index in range(len(self.serving))]

    def adopt(self, deployment: Value, generation: int) -> None:
        """Serve this from now on, also with a front that is started later."""
        self.deployment = deployment
        self.generation = generation
        self.scaled = None  # as Gunicorn has it: the settings count again
        self._log.level = deployment["settings"]["logLevel"]

    def end(self, order: str, why: str) -> None:
        """Have all of them end."""
        self.ending = True
        for front in self.all:
            front.state = "stopping"
            front.ask(order, why=why)
        self.turn.over()
        self._check_all_ended()

    # What becomes of them

    def reaped(self, pid: int, status: int) -> None:
        """A process has ended: a front, or one that the application has left to us."""
        for front in self.all:
            if front.pid == pid and not front.gone:
                front.ended(status)

    def front_ready(self, front: Front) -> None:
        """It serves."""
        if front in self.coming and all(each.state == "ready" for each in self.coming):
            self._move_over()
        elif not self.served and all(each.state == "ready" for each in self.serving):
            self.served = True
            where = " and ".join(listener.where for listener in self._listeners)
            seconds = time.time() - self._config["began"] / 1000
            self._log.info("listening on %s (pid %d, ready after %.2f s)" % (where, os.getpid(), seconds))
            self._notify.ready("serving")
            self.turn.over()
        elif self.served and front in self.serving:
            self._log.info("front %d serves, %.2f s after its start" % (front.pid, time.monotonic() - front.started))
            self._scale_as_before(front)

    def front_told(self, front: Front, value: Value) -> None:
        """It has read what is served now, or a file has changed."""
        if "deployment" in value and front in self.serving:
            self.deployment = value["deployment"]
            self._log.level = self.deployment["settings"]["logLevel"]
            self._log.move(self.deployment["settings"]["logFile"] or "")
        self._outputs.told(front.pid, value)
        if value["tell"] == "touched":
            self._touched(value["file"], value["at"])

    def front_broken(self, front: Front, error: ProtocolError) -> None:
        """Its end is seen elsewhere."""
        self._log.error("front %d broke the protocol, killed: %s" % (front.pid, error), code=error.code)

    def front_ended(self, front: Front, how: str) -> None:
        """Start another, unless it was to end."""
        self._outputs.front_ended(front.pid)
        if how != ENDED_WELL:
            self.ended_badly = True
            # Its workers end with it, one after the other.
            for seconds in ORPHANS_TIMES:
                self._loop.later(seconds, end_orphans)
        if front in self.leaving:
            self.leaving.discard(front)
            self._log.debug("front %d has ended" % front.pid)
        elif front in self.coming:
            self.coming.remove(front)
            self._not_upgraded(front, how)
        elif self.ending or (not self.served and front.ready_at is None):
            self.serving.remove(front)
            if not self.ending:
                self._not_started(front, how)
        else:
            self._replace(self.serving.index(front), front, how)
        self._check_all_ended()

    def _start(self, index: int, deployment: Optional[Value]) -> Front:
        config, count = self._config, self._config["fronts"]
        front = Front(self._loop, self, index, config["command"], config["folder"])
        order = {
            "deployment": deployment,
            "share": {"index": index, "of": count},
            "generation": self.generation + (1 if deployment is None else 0),
            "first": not self.served,
            "where": [listener.where for listener in self._listeners],
        }
        front.start(self._listeners, self._log.handed, order)
        return front

    def _replace(self, index: int, front: Front, how: str) -> None:
        lived = front.ready_at is not None and time.monotonic() - front.ready_at > LIFE
        self._failures = 0 if lived else self._failures + 1
        # The first time at once: clients wait.
        first = front.ready_at is not None and self._failures <= 1
        doubled = min(self._failures - 1, 20)  # 2.0 ** 1024 is an error, which a night of failures comes to
        delay = 0.0 if first else min(BACKOFF * 2.0**doubled, BACKOFF_MOST)
        when = "starting another" if delay == 0 else "the next one starts in %g s" % delay
        told = front.failure or {"message": how, "code": "", "detail": ""}
        if front.ready_at is not None and how == ENDED_WELL:
            # Somebody has told it to.
            self._log.warn("front %d has ended by itself, %s" % (front.pid, when))
        else:
            what = "did not start" if front.ready_at is None else "died"
            message = "front %d %s (%s), %s" % (front.pid, what, told["message"], when)
            self._log.error(message, code=told["code"], detail=told["detail"])

        def again() -> None:
            if not self.ending and self.serving[index] is front:
                self.serving[index] = self._start(index, self.deployment)

        if delay == 0:
            return again()
        self._loop.later(delay, again)

    def _move_over(self) -> None:
        """Those of the new version are ready: the others take no new connections any more."""
        before, self.serving, self.coming = self.serving, self.coming, []
        for front in before:
            if front.gone:
                continue
            self.leaving.add(front)
            if front.state != "stopping":
                self._drain(front)
        self.scaled = None
        self.generation += 1
        self._failures = 0
        version = self.serving[0].version
        self._log.info("upgraded: version %s serves" % version)
        seconds = time.monotonic() - self.serving[0].started
        self._say_upgraded({"ok": {"version": version, "generation": self.generation, "seconds": seconds}})

    def _scale_as_before(self, front: Front) -> None:
        def said(value: Value) -> None:
            if "error" in value and not front.gone:
                self._log.warn("front %d: %s" % (front.pid, value["error"]["message"]))

        if self.scaled is not None:
            workers = share(self.scaled, front.index, len(self.serving))
            front.ask("scale", said, workers=workers, why="as before")

    def _drain(self, front: Front) -> None:
        front.state = "draining"
        front.ask("drain")

    def _not_upgraded(self, front: Front, how: str) -> None:
        for other in self.coming:
            self.leaving.add(other)
            if other.state == "ready":
                self._drain(other)  # it has connections already
            elif other.state != "stopping":  # it has been told to, and finishes what it runs
                other.kill()
        self.coming = []
        message = "the new front ended (%s) before it served" % how
        error = front.failure or failure(message, advice="What it wrote to the server's stderr says more.")["error"]
        if self._upgraded is not None and not self.ending:
            self._log.error("nothing was changed: %s" % error["message"], code=error["code"], detail=error["detail"])
        self._say_upgraded({"error": error})

    def _say_upgraded(self, value: Value) -> None:
        answer, self._upgraded = self._upgraded, None
        if answer is not None:
            answer(value)
        self.turn.over()

    def _not_started(self, front: Front, how: str) -> None:
        """At the very start: then the server does not start either. What is wrong is for whoever gave the command."""
        unsaid = "quintet: front %d ended before it served: %s" % (front.pid, how)
        sys.stderr.write("%s\n" % (front.failure["text"] if front.failure else unsaid))
        self.status = 3
        self.end("stop", "another front did not start")

    def _check_all_ended(self) -> None:
        if self.ending and all(front.gone for front in self.all):
            self._all_ended()
