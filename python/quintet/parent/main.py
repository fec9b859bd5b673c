"""The start of the parent: take its place in the system, listen, start the fronts."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import sys
import time
from typing import Any, Dict, Iterator, NoReturn

from ..shared.raw_environment import restore_variables
from .cannot_listen import CannotListen
from .folder import NoFolder, make_folder
from .listeners import bind, listen, receive
from .log import Log
from .loop import Loop
from .notify import Notify
from .owner import CannotBecome, Owner, check_reach, find_owner
from .parent import Parent
from .system import adopt_orphans, children, end_orphans, in_foreground, name_process, raise_descriptor_limit

# Seconds in which what the workers of a front that was killed have left behind is to come to us.
ORPHANS_TIME = 1.0


def main() -> NoReturn:
    """Until all fronts have ended."""
    config = json.loads("".join(_parts("QUINTET_PARENT")))
    restore_variables(config["raw"])
    name_process("quintet")
    try:
        owner = find_owner(config["user"], config["group"])
        log = Log(config["log"], owner)
        loop = Loop(log.failed)
        log.later = loop.later
        carried = config["carried"]
        listeners = receive(carried) if carried else bind(config["listen"], config["fronts"], owner)
        if owner is not None:
            _become(owner, config)
        if not carried:
            listen(listeners, config["backlog"])
    except (CannotListen, OSError) as error:
        sys.stderr.write("quintet: QUINTET_BIND: Cannot listen on %s\n" % error)
        sys.exit(3)
    except CannotBecome as error:
        sys.stderr.write("quintet: QUINTET_USER: The server cannot change its user: %s\n" % error)
        sys.exit(3)
    for warning in config["warnings"]:
        log.warn(warning["message"], code=warning["code"])
    adopt_orphans()
    raise_descriptor_limit()
    parent = Parent(loop, log, Notify(), config, listeners)
    _obey_signals(loop, log, parent)
    parent.fronts.start()
    loop.run()
    if parent.fronts.status == 0:
        log.info("stopped")
    parent.close()
    if parent.fronts.ended_badly:
        _end_what_is_left()
    sys.exit(parent.fronts.status)


def _end_what_is_left() -> None:
    """Workers that are killed with their front end a little later than that."""
    until = time.monotonic() + ORPHANS_TIME
    while children() and time.monotonic() < until:
        end_orphans()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(ORPHANS_TIME / 50)


def _become(owner: Owner, config: Dict[str, Any]) -> None:
    """Once the addresses and the log are there, and before there is any child."""
    if config["control"] == config["controlDefault"]:  # that of root
        config["control"] = os.path.join(os.path.dirname(config["control"]), "quintet.%d" % owner.uid)
    if config["control"]:
        with contextlib.suppress(NoFolder):  # Control says so
            make_folder(config["control"], owner)
    owner.become()
    deployment = config["deployment"]
    check_reach(
        owner,
        [
            ("the Node that runs the server", config["command"][0], os.X_OK),
            ("the folder in which the command was given", config["folder"], os.X_OK),
            ("the folder that is served", deployment["served"]["cwd"], os.X_OK),
            ("the folder for temporary files (tempDir)", deployment["settings"]["tempDir"], os.W_OK | os.X_OK),
        ],
    )


def _parts(name: str) -> Iterator[str]:
    """What is too long for one variable of the environment comes in several (src/master/become.ts)."""
    for number in itertools.count():
        part = os.environ.pop("%s_%d" % (name, number), None)
        if part is None:
            return
        yield part


def _obey_signals(loop: Loop, log: Log, parent: Parent) -> None:
    """As users of Gunicorn know them; the table is in docs/guide/operating.md."""
    on_terminal = os.isatty(1)

    def hang_up() -> None:
        # A terminal that is closed says so by the same signal as somebody who wants a reload.
        if on_terminal and not os.isatty(1):
            return parent.stop("the terminal was closed")
        parent.reload("SIGHUP", lambda _: None)  # what goes wrong is in the log

    def window_change() -> None:
        # A terminal whose size is changed says so by the same signal as somebody who wants the workers to leave.
        if not in_foreground():
            parent.scale(0, "SIGWINCH", lambda _: None)

    def reap() -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            parent.fronts.reaped(pid, status)

    loop.on(signal.SIGTERM, lambda: parent.stop("SIGTERM"))
    loop.on(signal.SIGINT, lambda: parent.stop("SIGINT"))
    loop.on(signal.SIGQUIT, lambda: parent.kill("SIGQUIT"))
    loop.on(signal.SIGHUP, hang_up)
    loop.on(signal.SIGUSR1, parent.reopen)
    loop.on(signal.SIGUSR2, lambda: parent.upgrade("SIGUSR2", lambda _: None))
    loop.on(signal.SIGTTIN, lambda: parent.scale_by(1, "SIGTTIN"))
    loop.on(signal.SIGTTOU, lambda: parent.scale_by(-1, "SIGTTOU"))
    loop.on(signal.SIGWINCH, window_change)
    loop.on(signal.SIGCHLD, reap)
    # Node, started with --disable-sigusr1, has left it blocked. One that came meanwhile is obeyed now.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
