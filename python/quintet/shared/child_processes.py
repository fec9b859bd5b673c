"""The child processes of this process."""

from __future__ import annotations

import os
import sys
from typing import Any, List, Optional

# Texts that identify the command line of a process started by multiprocessing.
# From src/workers/process/multiprocessing-children.ts, by npm run docs:
MULTIPROCESSING_ARGUMENTS = ("--multiprocessing-fork", "from multiprocessing.forkserver import")
# End of src/workers/process/multiprocessing-children.ts.

_MAX_COMMAND_CHARACTERS = 80


def running_children() -> List[int]:
    """The pids of running children, without zombies."""
    return [pid for pid in child_pids() if _state(pid) not in (None, "Z", "X")]


def describe(pid: int) -> str:
    """Describe a child process for people."""
    name = _of_multiprocessing(pid)
    if name is not None:
        return "the process %r of multiprocessing" % name
    command = _command(pid)
    for helper in ("resource_tracker", "forkserver"):
        if "multiprocessing.%s" % helper in command:
            return "the %s process of multiprocessing" % helper.replace("_", " ")
    shown = command if len(command) <= _MAX_COMMAND_CHARACTERS else command[:_MAX_COMMAND_CHARACTERS] + "…"
    return "the process %d (%s)" % (pid, shown or "no command")


def child_pids() -> List[int]:
    """The pids of all children, zombies too; empty on systems without /proc."""
    try:
        tasks = os.listdir("/proc/self/task")
    except OSError:  # not Linux
        return []
    found: List[int] = []
    for task in tasks:
        try:
            with open("/proc/self/task/%s/children" % task) as file:
                found += map(int, file.read().split())
        except OSError:
            return _by_parent()  # a kernel without that file
    return found


def _by_parent() -> List[int]:
    own = str(os.getpid())
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if _field(pid, 1) == own]


def _state(pid: int) -> Optional[str]:
    return _field(pid, 0)


def _field(pid: int, index: int) -> Optional[str]:
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            # The fields follow the program's name, which may contain spaces and parentheses.
            return file.read().rpartition(b")")[2].split()[index].decode()
    except (OSError, IndexError):
        return None


def _command(pid: int) -> str:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return os.fsdecode(file.read().rstrip(b"\0").replace(b"\0", b" "))
    except OSError:
        return ""


def _of_multiprocessing(pid: int) -> Optional[str]:
    process: Any = sys.modules.get("multiprocessing.process")
    for each in list(getattr(process, "_children", ())):
        if each.pid == pid:
            return str(each.name)
    return None


def is_of_multiprocessing(pid: int) -> bool:
    """Whether multiprocessing has started this process as a program of its own (spawn or forkserver)."""
    command = _command(pid)
    return any(each.replace("\0", " ") in command for each in MULTIPROCESSING_ARGUMENTS)
