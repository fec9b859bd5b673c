"""The master's lines in the log, in the same form as those of the fronts (src/shared/log.ts)."""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import datetime, timezone
from typing import Any, Callable, Dict, Optional

from ...shared.printable import printable_lines
from .user import User

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
# How many bytes of lines to keep while they cannot be written.
MAX_UNWRITTEN_BYTES = 4 * 1024 * 1024
# Pause before they are written again.
RETRY_PAUSE_SECONDS = 0.05
LEVELS = {"debug": 20, "info": 30, "warn": 40, "error": 50}
_COLOUR = {"debug": 90, "info": 36, "warn": 33, "error": 31}


class Log:
    """Writes to stdout, or to the end of a file."""

    def __init__(self, options: Dict[str, Any], owner: Optional[User] = None) -> None:
        self.level: str = options["level"]
        self._json = options["format"] == "json"
        self._colours: bool = options["colours"]
        self._file: str = options["file"]
        self._descriptor = 1
        self._unwritten = bytearray()
        self._waits = False
        # Calls a function after this many seconds. The loop replaces this.
        self.later: Callable[[float, Callable[[], None]], Any] = lambda seconds, call: None
        # The open file that the fronts inherit, because they may not be allowed to open it themselves.
        self.inheritable: Optional[Dict[str, Any]] = None
        # If the file cannot be opened, the first front reports it and the server does not start.
        if owner is not None and self._file:
            self._open_as(owner)
        else:
            self._open(self._file, lambda error: None)

    def reopen(self) -> None:
        """Continue in a new file of the same name, because the old one has been moved away."""
        self._open(self._file, lambda error: self.error("the log cannot be opened again: %s" % error))

    def move(self, file: str) -> None:
        """Continue in the file that the fronts of an upgrade log to; empty for stdout."""
        if file == self._file:
            return
        self._file = file
        self._open(file, lambda error: self.error("cannot open the new log file, so this one is kept: %s" % error))

    def _open_as(self, owner: User) -> None:
        """Open the file as this user. If only root can, open it as root; a new file belongs to the user."""
        try:
            with owner.acting():
                self._descriptor = os.open(self._file, _FLAGS, 0o666)
        except OSError:
            if owner.can_be_redirected(self._file):
                return
            try:
                self._descriptor = _open_as_root(self._file, owner)
            except OSError:
                return
        self._make_inheritable()

    def _make_inheritable(self) -> None:
        self.inheritable = {"descriptor": self._descriptor, "file": self._file}

    def _open(self, file: str, failed: Callable[[OSError], None]) -> None:
        try:
            descriptor = os.open(file, _FLAGS, 0o666) if file else 1
        except OSError as error:
            return failed(error)
        if self._descriptor != 1:
            os.close(self._descriptor)
        self._descriptor = descriptor
        if self.inheritable is not None:
            self._make_inheritable()

    def debug(self, message: str, **fields: Any) -> None:
        """Log a detail for debugging."""
        self._write("debug", message, fields)

    def info(self, message: str, **fields: Any) -> None:
        """Log an event for operators."""
        self._write("info", message, fields)

    def warn(self, message: str, **fields: Any) -> None:
        """Log something that operators should check."""
        self._write("warn", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """Log an error."""
        self._write("error", message, fields)

    def failed(self) -> None:
        """Log the unexpected exception that is being handled."""
        self.error("the master failed: %r" % sys.exc_info()[1], detail=traceback.format_exc().rstrip())

    def _write(self, level: str, message: str, fields: Dict[str, Any]) -> None:
        if LEVELS[level] < LEVELS[self.level]:
            return
        told = {name: value for name, value in fields.items() if value}
        time = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._json:
            line = json.dumps({"level": level, "time": time, **told, "msg": message}, separators=(",", ":"))
            line = line.replace("\x7f", "\\u007f")  # the only control character that json leaves as it is
        else:
            line = self._readable(level, time, message, told)
        if len(self._unwritten) < MAX_UNWRITTEN_BYTES:
            self._unwritten += line.encode("utf-8", "replace") + b"\n"
        self.flush()

    @property
    def is_full(self) -> bool:
        """Whether lines wait to be written, because nobody reads the log fast enough."""
        return len(self._unwritten) > 0

    def flush(self) -> None:
        """Write the waiting lines, now or later. Node makes stdout non-blocking for this process, too."""
        try:
            while self._unwritten:
                del self._unwritten[: os.write(self._descriptor, self._unwritten)]
        except BlockingIOError:
            if not self._waits:
                self._waits = True
                self.later(RETRY_PAUSE_SECONDS, self._flush_again)
        except OSError:
            self._unwritten.clear()  # the disk is full, or nobody reads it

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
        # Further lines are indented, so that none looks like a line of the log.
        text = message + "\n" + detail if detail else message
        return " ".join([*parts, printable_lines(text).replace("\n", "\n    ")])

    def _style(self, colour: int, text: str) -> str:
        return "\x1b[%dm%s\x1b[39m" % (colour, text) if self._colours else text


def _open_as_root(file: str, owner: User) -> int:
    try:
        descriptor = os.open(file, _FLAGS | os.O_EXCL, 0o666)
    except FileExistsError:
        return os.open(file, (_FLAGS & ~os.O_CREAT) | os.O_NOFOLLOW)
    os.fchown(descriptor, owner.uid, owner.gid)
    return descriptor
