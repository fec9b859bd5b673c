"""Finds what the import has left open and forked workers cannot share.

Two processes that use one connection get each other's answers. Two processes that read a file through one position get
each other's lines. Files opened for appending, sockets that only send datagrams, mapped files and devices are harmless.
"""

from __future__ import annotations

import os
import stat
import time
from typing import Collection, Dict, List, NamedTuple, Set, Tuple

from ...shared.child_processes import describe, running_children
from . import open_files, sockets
from .holders import holders

# How long to wait for processes that the import has started to end.
_CHILD_END_SECONDS = 0.1
# Python's own, even if gevent replaces it.
_sleep = time.sleep
_MAX_NAMED = 10

Opened = Dict[int, Tuple[int, int]]


class Before(NamedTuple):
    """What was open before the import."""

    opened: Opened
    children: List[int]


class Left(NamedTuple):
    """What the import has left open."""

    shared: List[str]
    """What forks cannot share, for people."""
    files: List[int]
    """The descriptors of files that each fork can open again."""


def resources_before() -> Before:
    """Call this before the import."""
    return Before(_opened(), list(running_children()))


def resources_left(before: Before, ours: Collection[int] = ()) -> Left:
    """Find what is open now but was not before. ``ours``: descriptors that we have opened."""
    new = [number for number, which in _opened().items() if before.opened.get(number) != which]
    known = set(before.opened.values())
    kept: List[int] = []
    shared: Dict[int, str] = {}
    mapped = open_files.mapped()
    logged = open_files.logging_descriptors()
    for number in new:
        if number <= 2 or number in ours:  # each worker gets its own
            continue
        try:
            what, own = _describe(number, known, mapped, logged)
        except (OSError, ValueError):  # just closed, or of an unknown kind
            continue
        if what is not None:
            shared[number] = what
        if own:
            kept.append(number)
    needless = open_files.implied_by_database(shared.values())
    shared = {number: what for number, what in shared.items() if what not in needless}
    try:
        names = holders(shared) if shared else {}
    except Exception:  # fileno() of the application's objects may raise anything; only the names are missing then
        names = {}
    words = ["%s (%s)" % (what, names[number]) if number in names else what for number, what in sorted(shared.items())]
    return Left(_summary(words + _children(before)), kept)


def _describe(
    number: int, known: Set[Tuple[int, int]], mapped: Set[str], logged: List[int]
) -> Tuple[open_files.Words, bool]:
    """A description if forks cannot share it, and whether each fork can open it again."""
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
    until = time.monotonic() + _CHILD_END_SECONDS
    while True:
        running = running_children()
        new = [pid for pid in running if pid not in before.children]
        if not new or time.monotonic() > until:
            return [describe(pid) for pid in new]
        _sleep(_CHILD_END_SECONDS / 10)


def _summary(words: List[str]) -> List[str]:
    said = list(dict.fromkeys(words))
    more = len(said) - _MAX_NAMED
    return said if more <= 0 else [*said[:_MAX_NAMED], "and %d more" % more]


def _opened() -> Opened:
    """The open descriptors, each with device and inode."""
    found: Opened = {}
    try:
        numbers = os.listdir("/proc/self/fd")
    except OSError:  # not Linux
        return found
    for number in map(int, numbers):
        try:
            which = os.fstat(number)
        except OSError:  # the descriptor that listed the folder
            continue
        found[number] = (which.st_dev, which.st_ino)
    return found
