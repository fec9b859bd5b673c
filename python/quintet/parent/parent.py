"""What is asked of a server as a whole, by a command or by a signal."""

from __future__ import annotations

import math
import os
import time
from typing import Any, Dict, List

from ..shared.raw_environment import shown
from ..shared.shape import ProtocolError, show
from .control import Control, unknown
from .front import Answer, failure
from .fronts import Fronts
from .line import Value
from .listeners import Listener
from .log import Log
from .loop import Loop
from .notify import Notify
from .reload import Reload
from .scale import STATUS_TIME, Scale
from .shares import gather, total
from .watch import Watch

# Seconds that a front is given beyond what it gives its requests.
END_TIME = 10.0
# Seconds in which a front that is told to end at once writes the rest of its log.
FLUSH_TIME = 0.5
# Seconds in which SIGTERM again is still the same order. GNU timeout, for one, sends it to its command and at once to
# the whole process group. A second Ctrl-C is meant. As src/front/signals.ts has it.
SAME_ORDER = 1.0
# As src/config/values/worker-range.ts has it.
WORKERS_MOST = 1024
# By whose turn it is.
_STATES = {"start": "starting", "reload": "reloading", "upgrade": "upgrading", "": "running"}


def _workers(asked: Value) -> int:
    workers = asked.get("workers")
    if type(workers) is not int or not 1 <= workers <= WORKERS_MOST:
        raise ProtocolError("A number of workers is from 1 to %d, not %s." % (WORKERS_MOST, show(workers)))
    return workers


class Parent:
    """What is left running when everything else fails."""

    def __init__(self, loop: Loop, log: Log, notify: Notify, config: Dict[str, Any], listeners: List[Listener]) -> None:
        self._loop = loop
        self._log = log
        self._notify = notify
        self._listeners = listeners
        self._began = time.monotonic()
        self._told_to_stop = -math.inf
        self.fronts = Fronts(loop, log, notify, config, listeners, self._touched, loop.stop)
        self._scale = Scale(log, self.fronts)
        self._reloads_after: List[Answer] = []
        # When the files of touchReload were changed last, as far as somebody has said so.
        self._touches: Dict[str, float] = {}
        self._control = Control(loop, log, config["control"], self._do)
        Watch(loop, log, notify, self.fronts)

    def _do(self, asked: Value, answer: Answer) -> None:
        what = asked.get("do")
        why = "quintet %s" % what
        if what == "status":
            self._status(answer)
        elif what == "reload":
            self.reload(why, answer)
        elif what == "upgrade":
            self.upgrade(why, answer)
        elif what == "scale":
            self.scale(_workers(asked), why, answer)
        elif what == "stop":
            answer({"ok": {}})
            self.stop(why)
        else:
            answer(unknown(what))

    def reload(self, why: str, answer: Answer) -> None:
        """Every front boots a new generation of workers beside the old one."""
        fronts = self.fronts
        if self._refused(why, answer):
            return
        if fronts.turn.whose:
            # What was there before this was asked may have been read already.
            self._log.info("%s: waits until the %s is over" % (why, fronts.turn.whose))
            self._reloads_after.append(answer)
            if len(self._reloads_after) == 1:
                fronts.turn.after(lambda: self._reload_after(why))
            return

        def over(value: Value) -> None:
            if not fronts.ending:
                self._notify.reloaded("error" in value)
            answer(value)

        self._notify.reloading()
        if all(front.serves for front in fronts.serving):
            return Reload(self._log, fronts, why, over).begin()
        # What a front was to serve may be why it has died: others are started, which read everything anew.
        self.upgrade(why, over)

    def _touched(self, file: str, at: float) -> None:
        if self._touches.get(file) == at:
            return  # another front has said so
        self._touches[file] = at
        self.reload("%s has changed" % file, lambda _: None)  # what goes wrong is in the log

    def _reload_after(self, why: str) -> None:
        """Once for all who have asked meanwhile."""
        answers, self._reloads_after = self._reloads_after, []

        def done(value: Value) -> None:
            for answer in answers:
                answer(value)

        self.reload(why, done)

    def upgrade(self, why: str, answer: Answer) -> None:
        """Fronts of the version now on disk take over, when they are ready."""
        if self._refused(why, answer):
            return
        turn = self.fronts.turn
        if turn.whose == "upgrade":
            return answer(failure("An upgrade is under way already."))
        if turn.whose:
            self._log.info("%s: waits until the %s is over" % (why, turn.whose))
            return turn.after(lambda: self.upgrade(why, answer))
        self._log.info("%s: starting the version that is on disk now" % why)
        self.fronts.upgrade(answer)

    def scale(self, workers: int, why: str, answer: Answer) -> None:
        """So many workers in all, until the next reload."""
        if self._refused(why, answer):
            return
        if self.fronts.turn.whose == "start":
            return self.fronts.turn.after(lambda: self.scale(workers, why, answer))
        self._scale.to(workers, why, answer)

    def scale_by(self, difference: int, why: str) -> None:
        """One worker more, or less."""
        if self._refused(why, lambda _: None):
            return
        if self.fronts.turn.whose == "start":
            return self.fronts.turn.after(lambda: self.scale_by(difference, why))
        self._scale.by(difference, why)

    def reopen(self) -> None:
        """Go on in new files of the same name, the old ones have been moved away."""
        self._log.reopen()
        for front in self.fronts.all:
            front.ask("reopen")

    def stop(self, why: str) -> None:
        """Let what runs finish; at once, the second time."""
        if self.fronts.ending:
            if why == "SIGTERM" and time.monotonic() - self._told_to_stop < SAME_ORDER:
                return
            return self.kill("%s again" % why)
        self._told_to_stop = time.monotonic()
        self._notify.stopping()
        for listener in self._listeners:
            listener.close()
        seconds = self.fronts.deployment["settings"]["gracefulTimeout"] + END_TIME
        self._loop.later(seconds, lambda: self._kill_the_rest("does not end"))
        self.fronts.end("stop", why)

    def kill(self, why: str) -> None:
        """Stop at once."""
        self._log.warn("%s: stopping at once" % why)
        self.fronts.status = 1
        self._loop.later(FLUSH_TIME, lambda: self._kill_the_rest(""))
        self.fronts.end("kill", "")

    def close(self) -> None:
        """Leave nothing behind."""
        for listener in self._listeners:
            listener.close()
        self._control.close()

    def _kill_the_rest(self, why: str) -> None:
        for front in self.fronts.all:
            if why and not front.gone:
                self._log.error("front %d %s: killed" % (front.pid, why))
            front.kill()

    def _refused(self, why: str, answer: Answer) -> bool:
        if not self.fronts.ending:
            return False
        self._log.warn("%s: nothing is done, for the server is being stopped" % why)
        answer(failure("The server is being stopped."))
        return True

    def _status(self, answer: Answer) -> None:
        fronts = self.fronts.all

        def done(said: List[Value]) -> None:
            served = self.fronts.deployment["served"]
            status = {
                "pid": os.getpid(),
                "target": served["served"],
                "folder": shown(served["cwd"]),
                "bind": [listener.where for listener in self._listeners],
                "state": self._state(),
                "uptime": time.monotonic() - self._began,
                "fronts": [total(front, value) for front, value in zip(fronts, said)],
            }
            answer({"ok": status})

        gather(fronts, lambda front, said: front.ask("status", said, seconds=STATUS_TIME), done)

    def _state(self) -> str:
        if self.fronts.ending:
            return "stopping"
        return _STATES[self.fronts.turn.whose]
