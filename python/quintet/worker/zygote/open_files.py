"""Decides which open files forks cannot share, and gives a fork its own position in the others."""

from __future__ import annotations

import os
import sys
from typing import Any, Iterable, List, NamedTuple, Optional, Set, Tuple

Words = Optional[str]

_DELETED = " (deleted)"
_SQLITE = b"SQLite format 3\0"
_DATABASE = "the SQLite database "
_O_PATH = getattr(os, "O_PATH", 0)
_O_ACCMODE = 3
# The flags to keep when a file is opened again. The others are about its creation.
_KEPT_FLAGS = _O_ACCMODE | os.O_APPEND | os.O_NONBLOCK | os.O_SYNC


class _State(NamedTuple):
    position: int
    flags: int
    locked: bool


def describe(number: int, path: str, found: os.stat_result, mapped: Set[str], logged: bool) -> Tuple[Words, bool]:
    """A description of the file if forks cannot share its position or lock, and whether a fork can open it again."""
    name = path[: -len(_DELETED)] + ", which is deleted" if path.endswith(_DELETED) else path
    state = _state(number)
    if state.flags & _O_PATH:
        return None, False
    if state.flags & _O_ACCMODE != os.O_WRONLY and _is_sqlite(number):
        return _DATABASE + name, False
    if state.locked:
        return "a lock on the file %s" % name, False
    if path.startswith("/proc/%d/" % os.getpid()):
        return "the file %s" % name, False
    # A log file: all processes append to it.
    if logged:
        return None, False
    access = state.flags & _O_ACCMODE
    # The position of a mapped file does not matter.
    if path in mapped or access == os.O_WRONLY or state.flags & os.O_APPEND:
        return None, True
    # It was read to its end but not closed.
    if access == os.O_RDONLY and state.position >= found.st_size:
        return None, True
    return "the file %s" % name, True


def implied_by_database(words: Iterable[str]) -> Set[str]:
    """The names of SQLite's extra files beside a named database. The log can omit them."""
    databases = [each[len(_DATABASE) :] for each in words if each.startswith(_DATABASE)]
    return {
        kind + database + suffix
        for database in databases
        for kind in ("the file ", "a lock on the file ")
        for suffix in ("-wal", "-shm", "-journal")
    }


def is_written_only(number: int) -> bool:
    return _state(number).flags & _O_ACCMODE == os.O_WRONLY


def separate(numbers: List[int]) -> None:
    """In a fork: open these files again at the same position, so that the fork has its own position and locks."""
    for number in numbers:
        try:
            state = _state(number)
            own = os.open("/proc/self/fd/%d" % number, state.flags & _KEPT_FLAGS | os.O_CLOEXEC)
        except OSError:
            continue  # for example, permission was revoked; the file stays shared
        try:
            os.lseek(own, state.position, os.SEEK_SET)
            os.dup2(own, number, os.get_inheritable(number))
        except OSError:
            pass
        finally:
            os.close(own)


def logging_descriptors() -> List[int]:
    """The descriptors that logging handlers write to."""
    found = []
    logging: Any = sys.modules.get("logging")
    for reference in list(getattr(logging, "_handlerList", ())):
        handler: Any = reference()
        try:
            found.append(vars(handler)["stream"].fileno())
        except Exception:
            continue  # no stream, or a closed one
    return found


def mapped() -> Set[str]:
    """The paths of the files that are mapped into memory."""
    found: Set[str] = set()
    try:
        with open("/proc/self/maps", "rb") as file:
            for line in file:
                parts = line.rstrip(b"\n").split(None, 5)
                if len(parts) == 6:
                    found.add(os.fsdecode(parts[5]))
    except OSError:
        pass
    return found


def _state(number: int) -> _State:
    position, flags, locked = 0, 0, False
    with open("/proc/self/fdinfo/%d" % number) as file:
        for line in file:
            key, _, value = line.partition(":")
            if key == "pos":
                position = int(value)
            elif key == "flags":
                flags = int(value, 8)
            elif key == "lock":
                locked = True
    return _State(position, flags, locked)


def _is_sqlite(number: int) -> bool:
    try:
        return os.pread(number, len(_SQLITE), 0) == _SQLITE
    except OSError:
        return False
