"""wsgi.file_wrapper (PEP 3333, "Optional Platform-Specific File Handling")."""

from __future__ import annotations

import io
import os
import stat
from typing import Any, Iterator, NamedTuple, Optional

# Whether other processes can open files that this process has open.
REACHABLE = os.path.exists("/proc/self/fd")


class FileWrapper:
    """An iterable over blocks of a file-like object. Closing it closes the file."""

    def __init__(self, filelike: Any, blksize: int = 65536) -> None:
        self.filelike = filelike
        self.blksize = blksize

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.filelike.read(self.blksize), b"")

    def close(self) -> None:
        """Close the file, if it has a close()."""
        close = getattr(self.filelike, "close", None)
        if close is not None:
            close()


class PlainFile(NamedTuple):
    """A regular file, from its current position on."""

    path: str
    position: int
    remaining: int
    device: int
    inode: int


def plain_file(filelike: Any) -> Optional[PlainFile]:
    """The regular file that a file-like object reads; None if its bytes are not those on the disk.

    The object that owns the ``read`` method decides. Some objects have the ``fileno`` of a file but return other bytes,
    such as gzip's. Django's and tempfile's files expose the method of the file inside.
    """
    try:
        read = filelike.read
        file: Any = getattr(getattr(read, "__wrapped__", read), "__self__", None)
        if type(file) not in (io.BufferedReader, io.BufferedRandom, io.FileIO):
            return None
        if type(file) is not io.FileIO and type(file.raw) is not io.FileIO:
            return None
        if type(file) is io.BufferedRandom:
            file.flush()
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            return None
        position = file.tell()
        path = "/proc/%d/fd/%d" % (os.getpid(), file.fileno())
        return PlainFile(path, position, max(0, facts.st_size - position), facts.st_dev, facts.st_ino)
    except (AttributeError, OSError, ValueError):
        return None  # such as a closed file; reading it will show what is wrong
