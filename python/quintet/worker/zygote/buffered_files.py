"""Files that the application has open: what Python has buffered is written before a fork, and at the end of one."""

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
# Of C, so that no code of Python's is run to see whether a class is below it.
_BASE = io.IOBase.__mro__[1]
# Those that only a wrapper around them writes to, or that keep nothing back.
_PLAIN = (io.TextIOWrapper, io.FileIO, io.BytesIO, io.StringIO, io.BufferedReader) + _BUFFERED

_inherited: List[Any] = []
# Never freed: Python would finalize once more what a finalizer has let go of, as those of Django's connections do.
_finalized: List[Any] = []


def settle_files() -> None:
    """Before a fork: write what is buffered, or every fork would write it. Forks flush what is open now, too."""
    flush_streams()
    files = [each for each in gc.get_objects() if issubclass(type(each), (io.TextIOWrapper, *_BUFFERED))]
    _flush(files)
    _inherited[:] = [weakref.ref(each) for each in files]


def finish_files() -> None:
    """At the end of a fork: write what is buffered, and finalize what the application has made since the fork.

    Python does the same at its end, also for what was there before the fork.
    """
    # Not isinstance(), which asks the objects: one of Django's that are lazy would begin its work.
    young = gc.get_objects()  # what gc.freeze() has set apart is not among them
    _finalized.extend(young)
    inherited = [each for each in (known() for known in _inherited) if each is not None]
    files = inherited + [each for each in young if issubclass(type(each), (io.TextIOWrapper, *_BUFFERED))]
    _flush(files)  # text goes into what is below it, such as a GzipFile
    for each in young:
        kind = type(each)
        if issubclass(kind, _BASE) and not issubclass(kind, _PLAIN):
            _finalize(each.close)
        elif isinstance(getattr(kind, "__del__", None), FunctionType) and not gc.is_finalized(each):
            _finalize(each.__del__)
    _flush(files)


def _flush(files: Iterable[Any]) -> None:
    """Text first: it is above the bytes."""
    for kinds in ((io.TextIOWrapper,), _BUFFERED):
        for file in files:
            if issubclass(type(file), kinds):
                with suppress(Exception):  # it is closed, or only read, or the disk is full
                    file.flush()


def _finalize(finalizer: Any) -> None:
    try:
        finalizer()
    except BaseException:
        complain("Exception ignored in: %r\n%s" % (finalizer, traceback.format_exc().rstrip()))
