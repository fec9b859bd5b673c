"""What a server is asked by commands, signals and fronts, and what a front is ordered to do.

src/master/control-table.ts has the same for the server without a master; tests/control/table.test.ts compares the two.
"""

from __future__ import annotations

from typing import Any, Dict, Tuple

# Version of the messages between master and fronts. A master outlives upgrades, so fronts of later versions
# speak to it. Change this only where an older side could not work with a newer one.
PROTOCOL = 1

MAX_WORKERS = 1024

# What a command may ask over the control socket, and the whole numbers that it has to give, with their range.
COMMANDS: Dict[str, Dict[str, Tuple[int, int]]] = {
    "status": {},
    "reload": {},
    "upgrade": {},
    "scale": {"workers": (1, MAX_WORKERS)},
    "stop": {},
}

# What a signal asks for, as users of Gunicorn know it. A closed terminal sends HUP, which means "stop" then;
# a terminal sends WINCH to its foreground when its size changes, which means nothing then.
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

# What a front is ordered to do, and the fields of each order. The order `start` comes first and is checked apart.
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

# What a front tells without being asked, and the fields of each message. A master ignores messages it does not know.
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
# A second SIGTERM within this time is the same order: GNU timeout, for one, sends it to its command and then to the
# whole process group. A second Ctrl-C is meant.
REPEATED_TERM_SECONDS = 1.0
# A front that still runs this long after gracefulTimeout is killed.
STOP_OVERTIME_SECONDS = 10.0
# A front that is killed may write the rest of its log for this long.
LOG_FLUSH_SECONDS = 0.5
