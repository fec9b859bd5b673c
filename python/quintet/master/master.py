"""The operations of the server as a whole, which commands and signals ask for."""

from __future__ import annotations

import math
import time
from typing import Any, Callable, Coroutine, Dict, List, Optional

from .control.commands_and_signals import read_question
from .control.control_socket import ControlSocket
from .control.table import LOG_FLUSH_SECONDS, REPEATED_TERM_SECONDS, STOP_OVERTIME_SECONDS
from .fronts.fronts import Fronts
from .fronts.heartbeat import Heartbeat
from .fronts.messages import failure
from .fronts.reload import reload
from .fronts.scale import Scale
from .fronts.status import server_status
from .fronts.upgrade import upgrade
from .listen.listeners import Listener
from .system.json_lines import Value
from .system.log import Log
from .system.loop import Loop
from .system.systemd import Systemd
from .system.tasks import Task

_DONE: Value = {"ok": {}}


class Master:
    """Keeps running when everything else fails.

    Each operation takes the reason to log, and returns an answer: `ok` or `error`. src/front/control/coordinator.ts
    does the same for a server without a master; tests/control compares them.
    """

    def __init__(
        self, loop: Loop, log: Log, systemd: Systemd, config: Dict[str, Any], listeners: List[Listener]
    ) -> None:
        self._loop = loop
        self._log = log
        self._systemd = systemd
        self._listeners = listeners
        self._began_at = time.monotonic()
        self._told_to_stop_at = -math.inf
        self.fronts = Fronts(loop, log, config, listeners, self._touched, loop.stop)
        self._scale = Scale(loop, log, self.fronts)
        # The reload that waits for the change under way. All requests that arrive meanwhile share it.
        self._next_reload: Optional[Task[Value]] = None
        # When the files of touchReload were last changed, as reported by fronts.
        self._touched_at: Dict[str, float] = {}
        self._control = ControlSocket(loop, log, config["control"], self._answer)
        self._operations: Dict[str, Callable[[Value, str], Coroutine[Any, None, Value]]] = {
            "status": lambda request, why: self._status(),
            "reload": lambda request, why: self.reload(why),
            "upgrade": lambda request, why: self.upgrade(why),
            "scale": lambda request, why: self.scale(request["workers"], why),
            "scaleBy": lambda request, why: self.scale_by(request["workers"], why),
            "reopen": lambda request, why: self.reopen(),
            "stop": lambda request, why: self.stop(why),
            "kill": lambda request, why: self.kill(why),
        }
        Heartbeat(loop, log, systemd, self.fronts)

    def request(self, request: Value, why: str) -> Task[Value]:
        """Begin what a signal or a command asks for."""
        return self._loop.spawn(self._operations[request["do"]](request, why))

    async def start(self) -> None:
        """Start the fronts."""
        if await self.fronts.start():
            self._systemd.ready("serving")
            self.fronts.changes.end()

    async def reload(self, why: str) -> Value:
        """Load everything again.

        During another change this waits, and all requests that arrive meanwhile share one reload.
        """
        changes = self.fronts.changes
        if self.fronts.ending:
            return self._refuse(why)
        if changes.current:
            # The change under way may have read the files before they were changed, so another reload is needed.
            self._log.info("%s: waits until the %s is over" % (why, changes.current))
            if self._next_reload is None:
                self._next_reload = self._loop.spawn(self._reload_later(why))
            return await self._next_reload
        # If a front has died, the old deployment may be the cause. So start new fronts, which read everything again.
        healthy = all(front.serves for front in self.fronts.serving)
        changes.begin("reload" if healthy else "upgrade")
        try:
            self._systemd.reloading()
            answer = await (reload(self._log, self.fronts, why) if healthy else self._start_other_fronts(why))
            if not self.fronts.ending:
                self._systemd.reloaded("error" in answer)
            return answer
        finally:
            changes.end()

    async def _reload_later(self, why: str) -> Value:
        await self.fronts.changes.until_free()
        self._next_reload = None
        return await self.reload(why)

    async def upgrade(self, why: str) -> Value:
        """Have fronts of the version now on disk take over when they are ready."""
        changes = self.fronts.changes
        if self.fronts.ending:
            return self._refuse(why)
        if changes.current == "upgrade":
            return failure("An upgrade is under way already.")
        if changes.current:
            self._log.info("%s: waits until the %s is over" % (why, changes.current))
            await changes.until_free()
            return await self.upgrade(why)
        changes.begin("upgrade")
        try:
            return await self._start_other_fronts(why)
        finally:
            changes.end()

    async def _start_other_fronts(self, why: str) -> Value:
        self._log.info("%s: starting the version that is on disk now" % why)
        return await upgrade(self._log, self.fronts)

    async def scale(self, workers: int, why: str) -> Value:
        """Set the total number of workers until the next reload or upgrade."""
        refusal = await self._until_started(why)
        return refusal or await self._scale.to(workers, why)

    async def scale_by(self, difference: int, why: str) -> Value:
        """Add workers, or remove some."""
        refusal = await self._until_started(why)
        if refusal is None:
            self._scale.by(difference, why)
        return refusal or _DONE

    async def _until_started(self, why: str) -> Optional[Value]:
        """Wait for the end of the start. Returns the refusal if the server is being stopped."""
        if not self.fronts.ending and self.fronts.changes.current == "start":
            await self.fronts.changes.until_free()
        return self._refuse(why) if self.fronts.ending else None

    async def reopen(self) -> Value:
        """Continue in new log files of the same names, because the old ones have been moved away."""
        self._log.reopen()
        for front in self.fronts.all:
            front.order("reopen")
        return _DONE

    async def stop(self, why: str) -> Value:
        """Finish running requests, then stop. A second call stops at once."""
        if self.fronts.ending:
            if why == "SIGTERM" and time.monotonic() - self._told_to_stop_at < REPEATED_TERM_SECONDS:
                return _DONE
            return await self.kill("%s again" % why)
        self._told_to_stop_at = time.monotonic()
        self._systemd.stopping()
        for listener in self._listeners:
            listener.close()
        seconds = self.fronts.deployment["settings"]["gracefulTimeout"] + STOP_OVERTIME_SECONDS
        self._loop.later(seconds, lambda: self._kill_fronts("does not end"))
        self.fronts.end("stop", why)
        return _DONE

    async def kill(self, why: str) -> Value:
        """Stop at once."""
        self._log.warn("%s: stopping at once" % why)
        self.fronts.exit_status = 1
        self._loop.later(LOG_FLUSH_SECONDS, lambda: self._kill_fronts(""))
        self.fronts.end("kill", "")
        return _DONE

    def close(self) -> None:
        """Remove the files of sockets."""
        for listener in self._listeners:
            listener.close()
        self._control.close()

    async def _answer(self, question: Value) -> Value:
        request = read_question(question)
        return await self.request(request, "quintet %s" % request["do"])

    def _touched(self, file: str, at: float) -> None:
        if self._touched_at.get(file) == at:
            return  # another front has reported it already
        self._touched_at[file] = at
        self.request({"do": "reload"}, "%s has changed" % file)

    def _kill_fronts(self, why: str) -> None:
        for front in self.fronts.all:
            if why and not front.ended:
                self._log.error("front %d %s: killed" % (front.pid, why))
            front.kill()

    def _refuse(self, why: str) -> Value:
        self._log.warn("%s: nothing is done, because the server is being stopped" % why)
        return failure("The server is being stopped.")

    async def _status(self) -> Value:
        where = [listener.where for listener in self._listeners]
        return {"ok": await server_status(self.fronts, where, time.monotonic() - self._began_at)}
