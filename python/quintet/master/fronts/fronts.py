"""All the fronts: those that serve, those that an upgrade starts, and those that finish what they have begun."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Set

from ...shared.shape import ProtocolError
from ..listen.listeners import Listener
from ..system.json_lines import Value
from ..system.log import Log
from ..system.loop import Loop
from ..system.processes import end_orphans
from .changes import Changes
from .front import Front, FrontListener
from .group import Group, Lost
from .leftover_output import LeftoverOutput
from .restarts import Restarts
from .shares import share
from .spawn import ENDED_WELL

# Seconds after the end of a front at which processes that its workers have left behind are killed.
ORPHAN_CHECKS_SECONDS = (0.1, 1.0, 5.0)


class Fronts(FrontListener):
    """Starts the fronts and replaces each one that dies. Reload and upgrade are in files of their own."""

    def __init__(
        self,
        loop: Loop,
        log: Log,
        config: Dict[str, Any],
        listeners: List[Listener],
        touched: Callable[[str, float], None],
        all_ended: Callable[[], None],
    ) -> None:
        self.serving: List[Front] = []
        self.coming: List[Front] = []
        self.leaving: Set[Front] = set()
        self.changes = Changes()
        # What is served, and how, as a front has read it last. A front that replaces a dead one serves this.
        self.deployment: Value = config["deployment"]
        # The number of workers that somebody has asked for; None where the settings decide.
        self.scaled: Optional[int] = None
        # How often what is served has been loaded.
        self.generation = 1
        # All fronts of the start have been ready.
        self.served = False
        # No front is started any more.
        self.ending = False
        # The exit status of the server.
        self.exit_status = 0
        # A front ended in such a way that its workers could not end properly.
        self.ended_badly = False
        self.restarts = Restarts()
        self._loop = loop
        self._log = log
        self._config = config
        self._listeners = listeners
        self._touched = touched
        self._all_ended = all_ended
        self._output = LeftoverOutput(loop, log)
        # The fronts that boot together, at the start or for an upgrade.
        self._group = Group([])

    @property
    def all(self) -> List[Front]:
        """Every front that has not ended."""
        return [*self.serving, *self.coming, *self.leaving]

    async def start(self) -> bool:
        """Start the first fronts. Returns whether they serve; if not, the server is ending."""
        self.serving = [self._start(index, self.deployment) for index in range(self._config["fronts"])]
        self._group = Group(self.serving)
        lost = await self._group.outcome
        if lost is not None:
            # The user who gave the command reads stderr.
            unsaid = "quintet: front %d ended before it served: %s" % (lost.front.pid, lost.how)
            sys.stderr.write("%s\n" % (lost.front.failure["text"] if lost.front.failure else unsaid))
            self.exit_status = 3
            self.end("stop", "another front did not start")
            return False
        self.served = True
        where = " and ".join(listener.where for listener in self._listeners)
        seconds = time.time() - self._config["began"] / 1000
        self._log.info("listening on %s (pid %d, ready after %.2f s)" % (where, os.getpid(), seconds))
        return True

    async def start_coming(self) -> Optional[Lost]:
        """Start fronts of the version now on disk. Returns None once all are ready, or the first one that ended."""
        self.coming = [self._start(index, None) for index in range(len(self.serving))]
        self._group = Group(self.coming)
        return await self._group.outcome

    def drain(self, front: Front) -> None:
        """Have a front finish what it has begun and take no new connections."""
        self.leaving.add(front)
        front.state = "draining"
        front.order("drain")

    def adopt(self, deployment: Value, generation: int) -> None:
        """Serve this from now on, also with fronts that are started later."""
        self.deployment = deployment
        self.generation = generation
        self.scaled = None  # the settings count again, as with Gunicorn
        self._log.level = deployment["settings"]["logLevel"]

    def end(self, order: str, why: str) -> None:
        """Order all fronts to end: `stop` or `kill`."""
        self.ending = True
        for front in self.all:
            front.state = "stopping"
            front.order(order, why=why)
        self.changes.end()
        self._check_all_ended()

    def reaped(self, pid: int, status: int) -> None:
        """A process has ended: a front, or one that the application has left to the master."""
        for front in self.all:
            if front.pid == pid and not front.ended:
                front.reaped(status)

    def front_ready(self, front: Front) -> None:
        if front in self.coming or not self.served:
            self._group.front_ready()
        elif front in self.serving:
            seconds = time.monotonic() - front.started_at
            self._log.info("front %d serves, %.2f s after its start" % (front.pid, seconds))
            self._loop.spawn(self._scale_as_before(front))

    def front_told(self, front: Front, name: str, message: Value) -> None:
        if name == "ready" and front in self.serving:
            self.deployment = message["deployment"]
            settings = self.deployment["settings"]
            self._log.level = settings["logLevel"]
            self._log.move(settings["logFile"])
        elif name == "touched":
            self._touched(message["file"], message["at"])
        elif name == "output":
            self._output.opened(front.pid, message["path"], int(message["worker"]))
        elif name == "outputEnded":
            self._output.ended(front.pid, message["path"])

    def front_broke_protocol(self, front: Front, error: ProtocolError) -> None:
        self._log.error("front %d broke the protocol, killed: %s" % (front.pid, error), code=error.code)

    def front_ended(self, front: Front, how: str) -> None:
        self._output.front_ended(front.pid)
        if how != ENDED_WELL:
            self.ended_badly = True
            # The workers end with their front, but one after the other.
            for seconds in ORPHAN_CHECKS_SECONDS:
                self._loop.later(seconds, end_orphans)
        if front in self.leaving:
            self.leaving.discard(front)
            self._log.debug("front %d has ended" % front.pid)
        elif front in self.coming:
            self.coming.remove(front)
            self._group.front_ended(front, how)
        elif self.ending or (not self.served and front.ready_at is None):
            self.serving.remove(front)
            if not self.ending:
                self._group.front_ended(front, how)
        else:
            self._replace(front, how)
        self._check_all_ended()

    def _start(self, index: int, deployment: Optional[Value]) -> Front:
        """Start a front that serves this deployment, or with None one that reads everything anew."""
        config, count = self._config, self._config["fronts"]
        front = Front(self._loop, self, index, config["command"], config["folder"])
        order = {
            "deployment": deployment,
            "share": {"index": index, "of": count},
            "generation": self.generation + (1 if deployment is None else 0),
            "first": not self.served,
            "where": [listener.where for listener in self._listeners],
        }
        front.start(self._listeners, self._log.inheritable, order)
        return front

    def _replace(self, front: Front, how: str) -> None:
        """Start another front in place of one that has ended, now or later."""
        index = self.serving.index(front)
        delay = self.restarts.delay(None if front.ready_at is None else time.monotonic() - front.ready_at)
        when = "starting another" if delay == 0 else "the next one starts in %g s" % delay
        if front.ready_at is not None and how == ENDED_WELL:
            # Somebody has told it to.
            self._log.warn("front %d has ended by itself, %s" % (front.pid, when))
        else:
            what = "did not start" if front.ready_at is None else "died"
            why = front.failure or {"message": how, "code": "", "detail": ""}
            message = "front %d %s (%s), %s" % (front.pid, what, why["message"], when)
            self._log.error(message, code=why["code"], detail=why["detail"])

        def start() -> None:
            if not self.ending and self.serving[index] is front:
                self.serving[index] = self._start(index, self.deployment)

        if delay == 0:
            start()
        else:
            self._loop.later(delay, start)

    async def _scale_as_before(self, front: Front) -> None:
        """Give a front that is new in its place its share of the workers that somebody has asked for."""
        if self.scaled is None:
            return
        workers = share(self.scaled, front.index, len(self.serving))
        answer = await front.order("scale", workers=workers, why="as before")
        if "error" in answer and not front.ended:
            self._log.warn("front %d: %s" % (front.pid, answer["error"]["message"]))

    def _check_all_ended(self) -> None:
        if self.ending and all(front.ended for front in self.all):
            self._all_ended()
