"""What an import has left open that processes forked from it would share, each disturbing the others.

A connection on which two processes speak mixes up their answers; a file that two processes read by one position gives
them each other's lines. What only looks like that is left alone: files that are opened to append, sockets on which
datagrams are only sent, what is mapped into memory, devices.
"""

from __future__ import annotations

import os
import stat
import time
from typing import Collection, Dict, List, NamedTuple, Set, Tuple

from ...shared import child_processes as children
from . import open_files, sockets
from .holders import holders

# Seconds that processes are given to end which the application has started when it was imported.
_CHILD_TIME = 0.1
# Python's own, also where gevent replaces it.
_sleep = time.sleep
# So many things are named.
_MOST = 10

Opened = Dict[int, Tuple[int, int]]


class Before(NamedTuple):
    """What was there before the import."""

    opened: Opened
    children: List[int]


class Left(NamedTuple):
    """What is there since."""

    shared: List[str]
    """What forks would share to harm, in words."""
    files: List[int]
    """The descriptors of files whose position each fork can have for itself."""


def resources_before() -> Before:
    return Before(_opened(), list(children.running()))


def resources_left(before: Before, ours: Collection[int] = ()) -> Left:
    """What is open now and was not before. ``ours`` are descriptors that the application has not opened."""
    new = [number for number, which in _opened().items() if before.opened.get(number) != which]
    known = set(before.opened.values())
    kept: List[int] = []
    shared: Dict[int, str] = {}
    mapped = open_files.mapped()
    logged = open_files.of_logging()
    for number in new:
        if number <= 2 or number in ours:  # each worker gets its own
            continue
        try:
            what, own = _describe(number, known, mapped, logged)
        except (OSError, ValueError):  # it has just been closed, or is of a kind that nobody knows
            continue
        if what is not None:
            shared[number] = what
        if own:
            kept.append(number)
    needless = open_files.told_with_database(shared.values())
    shared = {number: what for number, what in shared.items() if what not in needless}
    try:
        names = holders(shared) if shared else {}
    except Exception:  # objects of the application are asked, and may do anything; this is only to name them
        names = {}
    words = ["%s (%s)" % (what, names[number]) if number in names else what for number, what in sorted(shared.items())]
    return Left(_said_once(words + _children(before)), kept)


def _describe(
    number: int, known: Set[Tuple[int, int]], mapped: Set[str], logged: List[int]
) -> Tuple[open_files.Words, bool]:
    """What it is, if forks cannot share it; and whether it is a file that each can open for itself."""
    path = os.readlink("/proc/self/fd/%d" % number)
    found = os.fstat(number)
    if path.startswith("pidfd:"):
        return None, False
    if path.startswith("anon_inode:"):
        kind = path[len("anon_inode:") :].strip("[]")
        return (None if kind == "pidfd" else _KINDS.get(kind, "a descriptor of the kind %s" % kind)), False
    if (found.st_dev, found.st_ino) in known:  # such as /dev/stdout
        return None, False
    if stat.S_ISSOCK(found.st_mode):
        return sockets.describe(number), False
    if stat.S_ISFIFO(found.st_mode):
        if path.startswith("pipe:"):
            return "a pipe", False
        return (None if open_files.is_written_only(number) else "the named pipe %s" % path), False
    if stat.S_ISREG(found.st_mode):
        return open_files.describe(number, path, found, mapped, number in logged)
    return None, False  # a device or a folder


_KINDS = {
    "eventpoll": "an epoll object",
    "eventfd": "an eventfd",
    "timerfd": "a timerfd",
    "signalfd": "a signalfd",
    "inotify": "an inotify object",
    "io_uring": "an io_uring",
}


def _children(before: Before) -> List[str]:
    until = time.monotonic() + _CHILD_TIME
    while True:
        running = children.running()
        new = [pid for pid in running if pid not in before.children]
        if not new or time.monotonic() > until:
            return [children.describe(pid) for pid in new]
        _sleep(_CHILD_TIME / 10)


def _said_once(words: List[str]) -> List[str]:
    said = list(dict.fromkeys(words))
    more = len(said) - _MOST
    return said if more <= 0 else [*said[:_MOST], "and %d more" % more]


def _opened() -> Opened:
    """Each descriptor, and which file it leads to."""
    found: Opened = {}
    try:
        numbers = os.listdir("/proc/self/fd")
    except OSError:  # not Linux
        return found
    for number in map(int, numbers):
        try:
            which = os.fstat(number)
        except OSError:  # with which the folder was read
            continue
        found[number] = (which.st_dev, which.st_ino)
    return found
