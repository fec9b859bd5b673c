"""Whether the project's own logging prints a traceback to the log, so that we do not print it again."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Iterator, List, Optional


def prints_traceback(name: str, error: BaseException, request: Any) -> bool:
    """Whether a logger of this name prints the traceback of an error to stdout or stderr, which are the server's log.

    Handlers that write elsewhere, such as to a file or to Sentry, do not count.
    """
    logger = logging.getLogger(name)
    if not logger.isEnabledFor(logging.ERROR):
        return False
    # Ask only the filters that decide about our log: a filter may count errors, and would count this one twice.
    handlers = [each for each in _handlers(logger) if _writes(each)]
    if not handlers:
        return False
    info = (type(error), error, error.__traceback__)
    extra = {"status_code": 500, "request": request}
    try:
        record = logger.makeRecord(name, logging.ERROR, "", 0, "Internal Server Error", (), info, extra=extra)
        if not logger.filter(record):
            return False
        return any(_prints(handler, record, error) for handler in handlers)
    except Exception:  # the project's filter or formatter failed; printing twice is better than not at all
        return False


def _handlers(logger: logging.Logger) -> Iterator[logging.Handler]:
    """The handlers that a record of this logger reaches."""
    current: Optional[logging.Logger] = logger
    found = False
    while current is not None:
        found = found or bool(current.handlers)
        yield from current.handlers
        current = current.parent if current.propagate else None
    if not found and logging.lastResort is not None:
        yield logging.lastResort


def _prints(handler: logging.Handler, record: logging.LogRecord, error: BaseException) -> bool:
    if record.levelno < handler.level or not _writes(handler) or not handler.filter(record):
        return False
    if any(_prints(other, record, error) for other in _others(handler)):
        return True
    return _is_output(handler) and type(error).__name__ in handler.format(record)


def _writes(handler: logging.Handler) -> bool:
    """Whether a handler may write to stdout or stderr."""
    return _is_output(handler) or any(_writes(other) for other in _others(handler))


def _others(handler: logging.Handler) -> List[logging.Handler]:
    """The handlers that it passes records to, like MemoryHandler, or QueueHandler through its listener."""
    others = [getattr(handler, "target", None), *getattr(getattr(handler, "listener", None), "handlers", ())]
    return [other for other in others if isinstance(other, logging.Handler)]


def _is_output(handler: logging.Handler) -> bool:
    stream = getattr(handler, "stream", None) or getattr(getattr(handler, "console", None), "file", None)
    try:
        if stream is not None and stream in (sys.stdout, sys.stderr):
            return True
        # A file with delay=True has no stream before its first record.
        facts = os.stat(handler.baseFilename) if stream is None else os.fstat(stream.fileno())  # type: ignore[attr-defined]
        return any(os.path.samestat(facts, os.fstat(output)) for output in (1, 2))
    except Exception:  # no file
        return False
