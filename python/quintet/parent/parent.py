"""What is asked of a server as a whole, by a command or by a signal."""

from __future__ import annotations

import os
import time
from typing import Any, Callable, Dict, List

from .control import Control, unknown
from .front import Answer, failure
from .fronts import Fronts
from .line import Value
from .listeners import Listener
from .log import Log
from .loop import Loop
from .notify import Notify
from .shares import gather, share, total
from .watch import Watch

# Seconds that a front is given beyond what it gives its requests.
END_TIME = 10.0
# Seconds in which a front that is told to end at once writes the rest of its log.
FLUSH_TIME = 0.5
# Seconds in which a front says how it is.
STATUS_TIME = 2.0


class Parent:
    """What is left running when everything else fails."""

    def __init__(self, loop: Loop, log: Log, notify: Notify, config: Dict[str, Any], listeners: List[Listener]) -> None:
        self._loop = loop
        self._log = log
        self._notify = notify
        self._listeners = listeners
        self._began = time.monotonic()
        self.fronts = Fronts(loop, log, notify, config, listeners, loop.stop)
        self._control = Control(loop, log, config["control"], self._do)
        Watch(loop, log, notify, self.fronts)

    def _do(self, asked: Value, answer: Answer) -> None:
        what, why = asked.get("do"), "quintet %s" % asked.get("do")
        if what == "status":
            self._status(answer)
        elif what == "reload":
            self.reload(why, answer)
        elif what == "upgrade":
            self.upgrade(why, answer)
        elif what == "scale":
            self.scale(int(asked["workers"]), why, answer)
        elif what == "stop":
            answer({"ok": {}})
            self.stop(why)
        else:
            answer(unknown(what))

    def reload(self, why: str, answer: Answer) -> None:
        """Every front boots a new generation of workers beside the old one."""

        def done(said: List[Value]) -> None:
            for value in said:
                if value.get("error", {}).get("code") == "QUINTET_CONTROL":  # else the front has logged it
                    self._log.warn("%s: not done: %s" % (why, value["error"]["message"]))
            wrong = [value for value in said if "error" in value]
            answer(wrong[0] if wrong else max(said, key=lambda value: float(value["ok"]["seconds"])))

        if self._refused(why, answer):
            return
        if self.fronts.coming:
            # Those that are being started may have read what was there before this was asked.
            self._log.info("%s: waits until the upgrade is over" % why)
            return self.fronts.after_upgrade(lambda: self.reload(why, answer))
        if any(front.gone or front.state == "booting" for front in self.fronts.serving):
            return self._reload_anew(why, answer)
        self._each("reload", done, why=why)

    def _reload_anew(self, why: str, answer: Answer) -> None:
        """What a front was to serve may be why it has died: others are started, which read everything anew."""

        def done(value: Value) -> None:
            self._notify.ready("serving")
            answer(value)

        self._notify.reloading()
        self.upgrade(why, done)

    def upgrade(self, why: str, answer: Answer) -> None:
        """Fronts of the version now on disk take over, when they are ready."""
        if self._refused(why, answer):
            return
        if self.fronts.coming:
            return answer(failure("An upgrade is under way already."))
        self._log.info("%s: starting the version that is on disk now" % why)
        self.fronts.upgrade(answer)

    def scale(self, workers: int, why: str, answer: Answer) -> None:
        """So many workers in all, until the next reload."""
        if self._refused(why, answer):
            return
        fronts = self.fronts.serving
        if 0 < workers < len(fronts):
            return answer(failure("%d fronts take at least a worker each." % len(fronts), "QUINTET_SETTING"))

        def done(said: List[Value]) -> None:
            wrong = next((value for value in said if "error" in value), None)
            if wrong is None:
                self.fronts.scaled = workers
            else:
                self._log.warn("%s: nothing is done: %s" % (why, wrong["error"]["message"]))
            answer(wrong or {"ok": {"workers": workers}})

        gather(
            fronts,
            lambda front, said: front.ask("scale", said, workers=share(workers, front.index, len(fronts)), why=why),
            done,
        )

    def scale_by(self, difference: int, why: str) -> None:
        """One worker more, or less."""

        def done(said: List[Value]) -> None:
            if any("pools" not in value.get("ok", {}) for value in said):
                return self._log.warn("%s: nothing is done, for a front does not serve" % why)
            wanted = sum(value["ok"]["pools"][0]["wanted"] for value in said if "ok" in value)
            self.scale(max(len(said), wanted + difference), why, lambda _: None)

        self._each("status", done, seconds=STATUS_TIME)

    def reopen(self) -> None:
        """Go on in new files of the same name, the old ones have been moved away."""
        self._log.reopen()
        for front in self.fronts.all:
            front.ask("reopen")

    def stop(self, why: str) -> None:
        """Let what runs finish; at once, the second time."""
        if self.fronts.ending:
            return self.kill("%s again" % why)
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

    def _each(self, do: str, done: Callable[[List[Value]], None], **more: Any) -> None:
        gather(self.fronts.serving, lambda front, said: front.ask(do, said, **more), done)

    def _refused(self, why: str, answer: Answer) -> bool:
        if not self.fronts.ending and self.fronts.served:
            return False
        state = "being stopped" if self.fronts.ending else "not ready yet"
        self._log.warn("%s: nothing is done, for the server is %s" % (why, state))
        answer(failure("The server is %s." % state))
        return True

    def _status(self, answer: Answer) -> None:
        fronts = self.fronts.all

        def done(said: List[Value]) -> None:
            served = self.fronts.deployment["served"]
            status = {
                "pid": os.getpid(),
                "target": served["served"],
                "folder": served["cwd"],
                "bind": [listener.where for listener in self._listeners],
                "state": self._state(),
                "uptime": time.monotonic() - self._began,
                "fronts": [total(front, value) for front, value in zip(fronts, said)],
            }
            answer({"ok": status})

        gather(fronts, lambda front, said: front.ask("status", said, seconds=STATUS_TIME), done)

    def _state(self) -> str:
        fronts = self.fronts
        if fronts.ending:
            return "stopping"
        if not fronts.served:
            return "starting"
        return "upgrading" if fronts.coming else "reloading" if fronts.reloading else "running"
