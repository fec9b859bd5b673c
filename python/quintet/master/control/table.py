"""The commands, signals and messages that a server reacts to, and the orders to a front.

src/master/control-table.ts is the same table in TypeScript; tests/control/table.test.ts compares the two.
"""

from __future__ import annotations

from typing import Any, Dict, Tuple

# Version of the messages between master and fronts. A master outlives upgrades, so it speaks with fronts of later
# versions. Change this only if an older side could not work with a newer one.
PROTOCOL = 1

MAX_WORKERS = 1024

# The questions that a command may ask over the control socket, with the ranges of their numbers.
COMMANDS: Dict[str, Dict[str, Tuple[int, int]]] = {
    "status": {},
    "reload": {},
    "upgrade": {},
    "scale": {"workers": (1, MAX_WORKERS)},
    "stop": {},
}

# What each signal asks for, as in Gunicorn. A terminal also sends HUP when it is closed, which means "stop", and WINCH
# to its foreground process when it is resized, which is ignored.
SIGNALS: Dict[str, Dict[str, Any]] = {
    "SIGTERM": {"do": "stop"},
    "SIGINT": {"do": "stop"},
    "SIGQUIT": {"do": "kill"},
    "SIGHUP": {"do": "reload", "whenTerminalClosed": "stop"},
    "SIGUSR1": {"do": "reopen"},
    "SIGUSR2": {"do": "upgrade"},
    "SIGTTIN": {"do": "scaleBy", "workers": 1},
    "SIGTTOU": {"do": "scaleBy", "workers": -1},
    "SIGWINCH": {"do": "scale", "workers": 0, "notInForeground": True},
}

# The orders to a front and their fields. The first order, `start`, is checked separately.
ORDERS: Dict[str, Tuple[str, ...]] = {
    "ping": (),
    "status": (),
    "prepare": (),
    "abort": (),
    "commit": ("generation",),
    "scale": ("workers", "why"),
    "reopen": (),
    "drain": (),
    "stop": ("why",),
    "kill": (),
}

# The messages that a front sends without being asked, and their fields. A master ignores messages it does not know.
MESSAGES: Dict[str, Tuple[str, ...]] = {
    "ready": ("version", "deployment"),
    "failed": ("failure",),
    "touched": ("file", "at"),
    "stopping": (),
    "output": ("path", "stream", "worker"),
    "outputEnded": ("path",),
}

# A command must send its question, and then read the answer, within this time.
COMMAND_TIMEOUT_SECONDS = 5.0
MAX_COMMAND_CONNECTIONS = 64
MAX_QUESTION_BYTES = 64 * 1024
# A second SIGTERM within this time is ignored: GNU timeout, for example, sends it to its command and then to the whole
# process group. A second Ctrl-C always counts.
REPEATED_TERM_SECONDS = 1.0
# A front that still runs this long after gracefulTimeout is killed.
STOP_OVERTIME_SECONDS = 10.0
# A front that is killed may write the rest of its log for this long.
LOG_FLUSH_SECONDS = 0.5
