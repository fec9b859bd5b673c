"""The start of the master: change the user, listen, start the fronts."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import sys
import time
from typing import Any, Dict, Iterator, NoReturn

from ..shared.child_processes import child_pids
from ..shared.raw_environment import restore_variables
from .control.folder import NoFolder, make_folder
from .control.requests import watch_signals
from .fronts.fronts import Fronts
from .listen.errors import CannotListen
from .listen.listeners import bind, listen, receive
from .master import Master
from .system.log import Log
from .system.loop import Loop
from .system.processes import adopt_orphans, end_orphans, name_process, raise_descriptor_limit
from .system.systemd import Systemd
from .system.user import CannotChangeUser, User, check_access, find_user

# Processes that the workers of a killed front leave behind come to the master within this time.
ORPHANS_WAIT_SECONDS = 1.0


def main() -> NoReturn:
    """Run until all fronts have ended."""
    config = json.loads("".join(_parts("QUINTET_MASTER")))
    restore_variables(config["raw"])
    name_process("quintet")
    try:
        user = find_user(config["user"], config["group"])
        log = Log(config["log"], user)
        loop = Loop(log.failed)
        log.later = loop.later
        carried = config["carried"]
        listeners = receive(carried) if carried else bind(config["listen"], config["fronts"], user)
        if user is not None:
            _become(user, config)
        if not carried:
            listen(listeners, config["backlog"])
    except (CannotListen, OSError) as error:
        sys.stderr.write("quintet: QUINTET_BIND: Cannot listen on %s\n" % error)
        sys.exit(3)
    except CannotChangeUser as error:
        sys.stderr.write("quintet: QUINTET_USER: The server cannot change its user: %s\n" % error)
        sys.exit(3)
    for warning in config["warnings"]:
        log.warn(warning["message"], code=warning["code"])
    adopt_orphans()
    raise_descriptor_limit()
    master = Master(loop, log, Systemd(), config, listeners)
    watch_signals(loop, master.request)
    loop.on(signal.SIGCHLD, lambda: _reap(master.fronts))
    # Node, started with --disable-sigusr1, has left it blocked. One that came meanwhile is obeyed now.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    loop.spawn(master.start())
    loop.run()
    if master.fronts.exit_status == 0:
        log.info("stopped")
    master.close()
    if master.fronts.ended_badly:
        _end_orphans_to_come()
    sys.exit(master.fronts.exit_status)


def _end_orphans_to_come() -> None:
    """Workers that are killed with their front end a little later than it does."""
    until = time.monotonic() + ORPHANS_WAIT_SECONDS
    while child_pids() and time.monotonic() < until:
        end_orphans()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(ORPHANS_WAIT_SECONDS / 50)


def _become(user: User, config: Dict[str, Any]) -> None:
    """Change the user for good: after the addresses and the log are open, and before there is any child."""
    if config["control"] == config["controlDefault"]:  # root's own
        config["control"] = os.path.join(os.path.dirname(config["control"]), "quintet.%d" % user.uid)
    if config["control"]:
        with contextlib.suppress(NoFolder):  # ControlSocket reports it
            make_folder(config["control"], user)
    user.become()
    deployment = config["deployment"]
    check_access(
        user,
        [
            ("the Node that runs the server", config["command"][0], os.X_OK),
            ("the folder in which the command was given", config["folder"], os.X_OK),
            ("the folder that is served", deployment["served"]["cwd"], os.X_OK),
            ("the folder for temporary files (tempDir)", deployment["settings"]["tempDir"], os.W_OK | os.X_OK),
        ],
    )


def _parts(name: str) -> Iterator[str]:
    """The parts of a text that is too long for one variable of the environment (src/master/become-master.ts)."""
    for number in itertools.count():
        part = os.environ.pop("%s_%d" % (name, number), None)
        if part is None:
            return
        yield part


def _reap(fronts: Fronts) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        fronts.reaped(pid, status)
