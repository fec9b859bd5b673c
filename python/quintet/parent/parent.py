"""Keeps the fronts running: starts them, replaces one that dies, and all of them by those of a newer version."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Set

from .control import Control, unknown
from .front import Answer, Front, FrontEvents, failure
from .line import Value
from .listeners import Listener
from .log import Log
from .loop import Loop
from .notify import Notify
from .shares import gather, share, total
from .watch import Watch

# Seconds before a front that did not start, or did not live this long, is started again: the first time, and at most.
BACKOFF = 0.25
BACKOFF_MOST = 30.0
SHORT_LIFE = 5.0
# Seconds that a front is given beyond what it gives its requests.
END_TIME = 10.0
# Seconds in which a front that is told to end at once writes the rest of its log.
FLUSH_TIME = 0.5


class Parent(FrontEvents):
    """What is left running when everything else fails."""

    def __init__(self, loop: Loop, log: Log, notify: Notify, config: Dict[str, Any], listeners: List[Listener]) -> None:
        self.status = 0
        self._loop = loop
        self._log = log
        self._notify = notify
        self._config = config
        self._listeners = listeners
        # What is served, and how, as a front has read it last.
        self._deployment: Value = config["deployment"]
        self._fronts: List[Front] = []
        self._next: List[Front] = []  # of an upgrade
        self._upgraded: Optional[Answer] = None
        self._old: Set[Front] = set()  # that drain
        self._reloading: Set[Front] = set()
        self._scaled: Optional[int] = None
        self._failures = 0
        self._served = False  # once
        self._stopping = False
        self._began = time.monotonic()
        self._control = Control(loop, log, config["control"], self.do)
        Watch(loop, log, notify, self._all, lambda: self._fronts)

    def start(self) -> None:
        """Start the fronts."""
        self._fronts = [self._start(index, self._deployment) for index in range(self._config["fronts"])]

    # What is asked of the server

    def do(self, asked: Value, answer: Answer) -> None:
        """A command, or a signal."""
        what, why = asked.get("do"), "quintet %s" % asked.get("do")
        if what == "status":
            self._status(answer)
        elif what == "reload":
            self.reload(why, answer)
        elif what == "upgrade":
            self.upgrade(why, answer)
        elif what == "scale":
            self.scale(asked["workers"], why, answer)
        elif what == "stop":
            answer({"ok": {}})
            self.stop(why)
        else:
            answer(unknown(what))

    def reload(self, why: str, answer: Answer) -> None:
        """Every front boots a new generation of workers beside the old one."""

        def done(said: List[Value]) -> None:
            wrong = [value for value in said if "error" in value]
            answer(wrong[0] if wrong else max(said, key=lambda value: float(value["ok"]["seconds"])))

        if not self._refused(answer):
            self._each("reload", done, why=why)

    def scale(self, workers: int, why: str, answer: Answer) -> None:
        """So many workers in all, until the next reload."""
        if self._refused(answer):
            return
        fronts = self._fronts
        if 0 < workers < len(fronts):
            return answer(failure("%d fronts take at least a worker each." % len(fronts), "QUINTET_SETTING"))
        self._scaled = workers
        orders = {front: share(workers, front.index, len(fronts)) for front in fronts}
        gather(
            fronts,
            lambda front, said: front.ask("scale", said, workers=orders[front], why=why),
            lambda said: answer(next((value for value in said if "error" in value), {"ok": {"workers": workers}})),
        )

    def scale_by(self, difference: int, why: str) -> None:
        """One worker more, or less."""

        def done(said: List[Value]) -> None:
            wanted = sum(value["ok"]["pools"][0]["wanted"] for value in said if "ok" in value)
            self.scale(max(len(self._fronts), wanted + difference), why, lambda _: None)

        self._each("status", done)

    def upgrade(self, why: str, answer: Answer) -> None:
        """Start fronts of the version now on disk; when they are ready, the ones that serve now drain."""
        if self._refused(answer):
            return
        if self._next:
            return answer(failure("An upgrade is under way already."))
        self._log.info("%s: starting the version that is on disk now" % why)
        self._upgraded = answer
        for index in range(len(self._fronts)):
            self._next.append(self._start(index, None))

    def reopen(self) -> None:
        """Go on in new files of the same name, the old ones have been moved away."""
        self._log.reopen()
        for front in self._all():
            front.ask("reopen")

    def stop(self, why: str) -> None:
        """Let what runs finish; at once, the second time."""
        if self._stopping:
            self._log.warn("%s again: stopping at once" % why)
            return self.kill()
        self._stopping = True
        self._notify.stopping()
        for listener in self._listeners:
            listener.close()
        for front in self._all():
            front.state = "stopping"
            front.ask("stop", why=why)
        self._loop.later(self._deployment["settings"]["gracefulTimeout"] + END_TIME, self._too_late)
        self._check_all_ended()

    def kill(self) -> None:
        """Stop at once."""
        self._stopping = True
        self.status = 1
        for front in self._all():
            front.state = "stopping"
            front.ask("kill")
        self._loop.later(FLUSH_TIME, self._kill)
        self._check_all_ended()

    def close(self) -> None:
        """Leave nothing behind."""
        for listener in self._listeners:
            listener.close()
        self._control.close()

    # What becomes of the fronts

    def reaped(self, pid: int, status: int) -> None:
        """A process has ended: a front, or one that the application has left to us."""
        for front in self._all():
            if front.pid == pid:
                front.ended(status)

    def front_ready(self, front: Front) -> None:
        """It serves."""
        if front in self._next and all(each.state == "ready" for each in self._next):
            self._move_over()
        elif not self._served and all(each.state == "ready" for each in self._fronts):
            self._served = True
            self._notify.ready("serving")

    def front_told(self, front: Front, value: Value) -> None:
        """What it serves is another deployment now; or it begins or ends a reload."""
        if "deployment" in value and front in self._fronts:
            self._deployment = value["deployment"]
            self._log.level = self._deployment["settings"]["logLevel"]
        if value["tell"] == "reloading":
            self._reloading.add(front)
            self._notify.reloading()
        elif value["tell"] == "reloaded":
            self._reloading.discard(front)
            if value["changed"]:
                self._scaled = None  # as Gunicorn has it: the settings count again
            if not self._reloading:
                self._notify.ready("serving")

    def front_ended(self, front: Front, how: str) -> None:
        """Start another, unless it was to end."""
        self._reloading.discard(front)
        if front in self._old:
            self._old.discard(front)
            if not self._stopping:
                self._log.debug("front %d, of before, has ended" % front.pid)
        elif front in self._next:
            self._next.remove(front)
            self._not_upgraded(front, how)
        else:
            index = self._fronts.index(front)
            if not self._stopping and self._served:
                return self._replace(index, front, how)
            del self._fronts[index]
            if not self._stopping:
                self._not_started(front, how)
        self._check_all_ended()

    def _start(self, index: int, deployment: Optional[Value]) -> Front:
        front = Front(self._loop, self, index, self._config["command"], self._config["folder"])
        count = self._config["fronts"]
        scale = None if self._scaled is None or deployment is None else share(self._scaled, index, count)
        where = [listener.where for listener in self._listeners]
        order = {"deployment": deployment, "share": {"index": index, "of": count}, "scale": scale, "where": where}
        front.start(self._listeners, {"do": "start", **order, "began": None if self._served else self._config["began"]})
        return front

    def _replace(self, index: int, front: Front, how: str) -> None:
        lived = front.ready_at is not None and time.monotonic() - front.ready_at > SHORT_LIFE
        self._failures = 0 if lived else self._failures + 1
        # The first time at once: clients wait.
        first = front.ready_at is not None and self._failures <= 1
        delay = 0.0 if first else min(BACKOFF * 2.0 ** (self._failures - 1), BACKOFF_MOST)
        when = "starting another" if delay == 0 else "the next one starts in %g s" % delay
        what = "did not start" if front.failure else "died"
        told = front.failure or {"message": how, "code": "", "detail": ""}
        message = "front %d %s (%s), %s" % (front.pid, what, told["message"], when)
        self._log.error(message, code=told["code"], detail=told["detail"])

        def again() -> None:
            if not self._stopping:
                self._fronts[index] = self._start(index, self._deployment)

        if delay == 0:
            again()
        else:
            self._loop.later(delay, again)

    def _move_over(self) -> None:
        """Those of the new version are ready: the others take no new connections any more."""
        before, self._fronts, self._next = self._fronts, self._next, []
        for front in before:
            front.state = "draining"
            self._old.add(front)
            front.ask("drain")
        self._scaled = None
        version = self._fronts[0].version
        self._log.info("upgraded: version %s serves" % version)
        answer, self._upgraded = self._upgraded, None
        if answer is not None:
            answer({"ok": {"version": version, "seconds": time.monotonic() - self._fronts[0].started}})

    def _not_upgraded(self, front: Front, how: str) -> None:
        rest, self._next = self._next, []
        for other in rest:
            self._old.add(other)
            other.kill()
        answer, self._upgraded = self._upgraded, None
        if answer is None:
            return
        wrong = failure("the new front ended (%s) before it served" % how)
        if front.failure is not None:
            wrong = {"error": front.failure}
        error = wrong["error"]
        self._log.error("nothing was changed: %s" % error["message"], code=error["code"], detail=error["detail"])
        answer(wrong)

    def _not_started(self, front: Front, how: str) -> None:
        """At the very start: then the server does not start either. What is wrong is for whoever gave the command."""
        unsaid = "quintet: front %d ended before it served: %s" % (front.pid, how)
        sys.stderr.write("%s\n" % (front.failure["text"] if front.failure else unsaid))
        self._stopping = True
        self.status = 3
        for other in self._all():
            other.state = "stopping"
            other.ask("stop", why="another front did not start")

    # Helpers

    def _all(self) -> List[Front]:
        return [*self._fronts, *self._next, *self._old]

    def _each(self, do: str, done: Callable[[List[Value]], None], **more: Any) -> None:
        gather(self._fronts, lambda front, said: front.ask(do, said, **more), done)

    def _refused(self, answer: Answer) -> bool:
        if self._stopping or not self._served:
            answer(failure("The server is %s." % ("being stopped" if self._stopping else "not ready yet")))
        return self._stopping or not self._served

    def _status(self, answer: Answer) -> None:
        fronts = self._all()
        began = self._began

        def done(said: List[Value]) -> None:
            served = self._deployment["served"]
            answer(
                {
                    "ok": {
                        "pid": os.getpid(),
                        "target": served["served"],
                        "folder": served["cwd"],
                        "bind": [listener.where for listener in self._listeners],
                        "state": self._state(),
                        "uptime": time.monotonic() - began,
                        "fronts": [total(front, value) for front, value in zip(fronts, said)],
                    }
                }
            )

        gather(fronts, lambda front, said: front.ask("status", said, seconds=2), done)

    def _state(self) -> str:
        if self._stopping:
            return "stopping"
        if not self._served:
            return "starting"
        return "upgrading" if self._next else "reloading" if self._reloading else "running"

    def _too_late(self) -> None:
        for front in self._all():
            self._log.error("front %d does not end: killed" % front.pid)
            front.kill()

    def _kill(self) -> None:
        for front in self._all():
            front.kill()

    def _check_all_ended(self) -> None:
        if self._stopping and not self._all():
            self._loop.stop()
