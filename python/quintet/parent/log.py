"""The parent's lines of the log, in the form that the front's have (src/log.ts)."""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import datetime, timezone
from typing import Any, Callable, Dict

LEVELS = {"debug": 20, "info": 30, "warn": 40, "error": 50}
_COLOUR = {"debug": 90, "info": 36, "warn": 33, "error": 31}


class Log:
    """Writes to stdout, or to the end of a file."""

    def __init__(self, options: Dict[str, Any]) -> None:
        self.level: str = options["level"]
        self._json = options["format"] == "json"
        self._colours: bool = options["colours"]
        self._file: str = options["file"]
        self._descriptor = 1
        # Where it cannot be had, the first front says so, and nothing starts.
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

    def _open(self, file: str, failed: Callable[[OSError], None]) -> None:
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666) if file else 1
        except OSError as error:
            return failed(error)
        if self._descriptor != 1:
            os.close(self._descriptor)
        self._descriptor = descriptor

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
        else:
            line = self._readable(level, time, message, told.get("detail", ""))
        try:
            os.write(self._descriptor, line.encode("utf-8", "replace") + b"\n")
        except OSError:
            pass  # a full disk, or nobody who reads it

    def _readable(self, level: str, time: str, message: str, detail: str) -> str:
        parts = [self._style(90, time[11:23])]
        if level != "info":
            parts.append(self._style(_COLOUR[level], level))
        text = " ".join([*parts, message])
        return text + "".join("\n    " + line for line in detail.splitlines())

    def _style(self, colour: int, text: str) -> str:
        return "\x1b[%dm%s\x1b[39m" % (colour, text) if self._colours else text
