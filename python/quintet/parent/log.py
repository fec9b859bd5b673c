"""The parent's lines of the log, in the form that the front's have (src/shared/log.ts)."""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import datetime, timezone
from typing import Any, Callable, Dict, Optional

from ..shared.printable import printable_lines
from .owner import Owner

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
# Bytes that are kept while they cannot be written.
_KEPT = 4 * 1024 * 1024
# Seconds until that is tried again.
_PAUSE = 0.05
LEVELS = {"debug": 20, "info": 30, "warn": 40, "error": 50}
_COLOUR = {"debug": 90, "info": 36, "warn": 33, "error": 31}


class Log:
    """Writes to stdout, or to the end of a file."""

    def __init__(self, options: Dict[str, Any], owner: Optional[Owner] = None) -> None:
        self.level: str = options["level"]
        self._json = options["format"] == "json"
        self._colours: bool = options["colours"]
        self._file: str = options["file"]
        self._descriptor = 1
        self._unwritten = bytearray()
        self._waits = False
        # Has something called in so many seconds.
        self.later: Callable[[float, Callable[[], None]], Any] = lambda seconds, call: None
        # That the fronts are given, for they may not be allowed to open it.
        self.handed: Optional[Dict[str, Any]] = None
        # Where it cannot be had, the first front says so, and nothing starts.
        if owner is not None and self._file:
            self._open_as(owner)
        else:
            self._open(self._file, lambda error: None)

    def reopen(self) -> None:
        """The file has been moved away: go on in a new one of its name."""
        self._open(self._file, lambda error: self.error("the log cannot be opened again: %s" % error))

    def move(self, file: str) -> None:
        """Go on where the fronts of an upgrade do; an empty name is stdout."""
        if file == self._file:
            return
        self._file = file
        self._open(file, lambda error: self.error("the log goes on here: %s" % error))

    def _open_as(self, owner: Owner) -> None:
        """As the user that the server becomes; where only root can, as root, and a new file belongs to that user."""
        try:
            with owner.acting():
                self._descriptor = os.open(self._file, _FLAGS, 0o666)
        except OSError:
            if owner.is_led_by_others(self._file):
                return
            try:
                self._descriptor = _open_as_root(self._file, owner)
            except OSError:
                return
        self._hand_on()

    def _hand_on(self) -> None:
        self.handed = {"descriptor": self._descriptor, "file": self._file}

    def _open(self, file: str, failed: Callable[[OSError], None]) -> None:
        try:
            descriptor = os.open(file, _FLAGS, 0o666) if file else 1
        except OSError as error:
            return failed(error)
        if self._descriptor != 1:
            os.close(self._descriptor)
        self._descriptor = descriptor
        if self.handed is not None:
            self._hand_on()

    def debug(self, message: str, **fields: Any) -> None:
        """What helps to find a fault."""
        self._write("debug", message, fields)

    def info(self, message: str, **fields: Any) -> None:
        """What an operator wants to know."""
        self._write("info", message, fields)

    def warn(self, message: str, **fields: Any) -> None:
        """What an operator should look at."""
        self._write("warn", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """What is wrong."""
        self._write("error", message, fields)

    def failed(self) -> None:
        """An exception that nobody has expected."""
        self.error("the parent: %r" % sys.exc_info()[1], detail=traceback.format_exc().rstrip())

    def _write(self, level: str, message: str, fields: Dict[str, Any]) -> None:
        if LEVELS[level] < LEVELS[self.level]:
            return
        told = {name: value for name, value in fields.items() if value}
        time = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._json:
            line = json.dumps({"level": level, "time": time, **told, "msg": message}, separators=(",", ":"))
            line = line.replace("\x7f", "\\u007f")  # the only control character that it leaves
        else:
            line = self._readable(level, time, message, told)
        if len(self._unwritten) < _KEPT:
            self._unwritten += line.encode("utf-8", "replace") + b"\n"
        self.flush()

    @property
    def is_full(self) -> bool:
        """Nobody reads it fast enough; more had better wait."""
        return len(self._unwritten) > 0

    def flush(self) -> None:
        """Write what is left, now or later: Node makes stdout non-blocking, also ours."""
        try:
            while self._unwritten:
                del self._unwritten[: os.write(self._descriptor, self._unwritten)]
        except BlockingIOError:
            if not self._waits:
                self._waits = True
                self.later(_PAUSE, self._flush_again)
        except OSError:
            self._unwritten.clear()  # a full disk, or nobody who reads it

    def _flush_again(self) -> None:
        self._waits = False
        self.flush()

    def _readable(self, level: str, time: str, message: str, told: Dict[str, Any]) -> str:
        parts = [self._style(90, time[11:23])]
        if level != "info":
            parts.append(self._style(_COLOUR[level], level))
        if "worker" in told:
            parts.append(self._style(90, "[%d]" % told["worker"]))
        detail = told.get("detail", "")
        # What is below the first line cannot be taken for a line of the log.
        text = message + "\n" + detail if detail else message
        return " ".join([*parts, printable_lines(text).replace("\n", "\n    ")])

    def _style(self, colour: int, text: str) -> str:
        return "\x1b[%dm%s\x1b[39m" % (colour, text) if self._colours else text


def _open_as_root(file: str, owner: Owner) -> int:
    try:
        descriptor = os.open(file, _FLAGS | os.O_EXCL, 0o666)
    except FileExistsError:
        return os.open(file, (_FLAGS & ~os.O_CREAT) | os.O_NOFOLLOW)
    os.fchown(descriptor, owner.uid, owner.gid)
    return descriptor
