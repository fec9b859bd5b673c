"""Flushes the buffers of the application's open files before a fork, and when a fork ends."""

from __future__ import annotations

import gc
import io
import traceback
import weakref
from contextlib import suppress
from types import FunctionType
from typing import Any, Iterable, List

from ...shared.standard_streams import complain, flush_streams

_BUFFERED = (io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair)
# The C base class: testing for it runs no Python code of the application.
_BASE = io.IOBase.__mro__[1]
# Classes whose close() need not be called, because they buffer nothing or only their wrapper writes to them.
_PLAIN = (io.TextIOWrapper, io.FileIO, io.BytesIO, io.StringIO, io.BufferedReader) + _BUFFERED

_inherited: List[Any] = []
# Keeps finalized objects alive, because Python would finalize them again, which breaks Django's connections.
_finalized: List[Any] = []


def settle_files() -> None:
    """Before a fork: flush, because otherwise every fork would write the buffers.

    Also note the open files for the forks.
    """
    flush_streams()
    files = [each for each in gc.get_objects() if issubclass(type(each), (io.TextIOWrapper, *_BUFFERED))]
    _flush(files)
    _inherited[:] = [weakref.ref(each) for each in files]


def finish_files() -> None:
    """At the end of a fork: flush, and finalize the objects made since the fork.

    A normal Python exit would also finalize the objects from before the fork, which belong to the zygote.
    """
    # Do not use isinstance(), which would make Django's lazy objects load.
    young = gc.get_objects()  # gc.freeze() has excluded the objects from before the fork
    _finalized.extend(young)
    inherited = [each for each in (known() for known in _inherited) if each is not None]
    files = inherited + [each for each in young if issubclass(type(each), (io.TextIOWrapper, *_BUFFERED))]
    _flush(files)  # text goes into the underlying file, such as a GzipFile
    for each in young:
        kind = type(each)
        if issubclass(kind, _BASE) and not issubclass(kind, _PLAIN):
            _finalize(each.close)
        elif isinstance(getattr(kind, "__del__", None), FunctionType) and not gc.is_finalized(each):
            _finalize(each.__del__)
    _flush(files)


def _flush(files: Iterable[Any]) -> None:
    """Flush text files first, because they write to the byte files."""
    for kinds in ((io.TextIOWrapper,), _BUFFERED):
        for file in files:
            if issubclass(type(file), kinds):
                with suppress(Exception):  # it is closed or read-only, or the disk is full
                    file.flush()


def _finalize(finalizer: Any) -> None:
    try:
        finalizer()
    except BaseException:
        complain("Exception ignored in: %r\n%s" % (finalizer, traceback.format_exc().rstrip()))
