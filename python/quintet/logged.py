"""One exception, one traceback in the log: whether the project's own logging prints it."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Iterator, Optional


def prints(name: str, error: BaseException, request: Any) -> bool:
    """Whether a logger of this name, given an error, will print its traceback to stdout or stderr.

    Those are the server's log. Handlers that write elsewhere, such as to a file or to Sentry, do not count.
    """
    logger = logging.getLogger(name)
    if not logger.isEnabledFor(logging.ERROR):
        return False
    info = (type(error), error, error.__traceback__)
    extra = {"status_code": 500, "request": request}
    try:
        record = logger.makeRecord(name, logging.ERROR, "", 0, "Internal Server Error", (), info, extra=extra)
        if not logger.filter(record):
            return False
        return any(_prints(handler, record, error) for handler in _handlers(logger))
    except Exception:  # a filter or a formatter of the project's own: rather twice than not at all
        return False


def _handlers(logger: logging.Logger) -> Iterator[logging.Handler]:
    """Those that a record of this logger reaches."""
    current: Optional[logging.Logger] = logger
    found = False
    while current is not None:
        found = found or bool(current.handlers)
        yield from current.handlers
        current = current.parent if current.propagate else None
    if not found and logging.lastResort is not None:
        yield logging.lastResort


def _prints(handler: logging.Handler, record: logging.LogRecord, error: BaseException) -> bool:
    if record.levelno < handler.level or not handler.filter(record):
        return False
    # Handlers that hand on to others: MemoryHandler, QueueHandler with its listener.
    others = [getattr(handler, "target", None), *getattr(getattr(handler, "listener", None), "handlers", ())]
    if any(isinstance(other, logging.Handler) and _prints(other, record, error) for other in others):
        return True
    stream = getattr(handler, "stream", None) or getattr(getattr(handler, "console", None), "file", None)
    return _is_output(stream) and type(error).__name__ in handler.format(record)


def _is_output(stream: Any) -> bool:
    if stream is None:
        return False
    try:
        if stream in (sys.stdout, sys.stderr):
            return True
        facts = os.fstat(stream.fileno())
        return any(os.path.samestat(facts, os.fstat(output)) for output in (1, 2))
    except Exception:  # no file
        return False
