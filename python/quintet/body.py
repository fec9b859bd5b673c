"""The body of a request: taken whole from the server, and put where Node can read it."""

from __future__ import annotations

import os
import tempfile
from typing import IO, Any, Dict, Optional

from . import frames

# As the setting bodyMemory.
_MEMORY = 256 * 1024
_BLOCK = 64 * 1024


class Truncated(Exception):
    """The client has left, or lied about the length."""


class Body:
    """The bytes, or the path of their file; to be closed."""

    def __init__(self, environ: Dict[str, Any]) -> None:
        self.payload = b""
        self.flags = 0
        self.size = 0
        self._file: Optional[IO[bytes]] = None
        try:
            self._take(environ)
        except BaseException:
            self.close()
            raise

    def _take(self, environ: Dict[str, Any]) -> None:
        length = environ.get("CONTENT_LENGTH")
        # Without a length there is a body only if the server says where it ends (chunked).
        left = int(length) if length else None
        if left is None and not environ.get("wsgi.input_terminated"):
            return
        source = environ["wsgi.input"]
        data = bytearray()
        while left is None or left > 0:
            block = source.read(_BLOCK if left is None else min(left, _BLOCK))
            if not block:
                break
            self.size += len(block)
            if left is not None:
                left -= len(block)
            data += block
            if self._file is None and len(data) > _MEMORY:
                self._file = _open_file()
            if self._file is not None:
                self._file.write(data)
                data.clear()
        if left:
            raise Truncated("the body ended after %d bytes; its Content-Length is %s" % (self.size, length))
        if self._file is None:
            self.payload = bytes(data)
        else:
            self._file.flush()
            self.flags = frames.BODY_IN_FILE
            self.payload = os.fsencode(_path(self._file))

    def close(self) -> None:
        """Nobody reads it any more."""
        if self._file is not None:
            self._file.close()
            if isinstance(self._file.name, str):
                os.unlink(self._file.name)
            self._file = None


def _open_file() -> IO[bytes]:
    """A file without a name where Node can still open it: the system removes it even if this process is killed."""
    if _is_shown():
        return tempfile.TemporaryFile(prefix="quintet-body-", buffering=0)
    descriptor, name = tempfile.mkstemp(prefix="quintet-body-")
    os.close(descriptor)
    return open(name, "wb", buffering=0)


def _is_shown() -> bool:
    """Whether Node can open what this process has open; src/http/spool/proc-fd-access.ts has the same.

    A process that has changed its user since it was started, as Apache's do, shows its files to nobody; one with
    capabilities (setcap) not to a process that has none.
    """
    try:
        if os.stat("/proc/self/fd").st_uid != os.geteuid():
            return False
        if os.geteuid() == 0:
            return True
        with open("/proc/self/status", "rb") as file:
            masks = {line[:6]: int(line[7:], 16) for line in file if line.startswith((b"CapPrm", b"CapAmb"))}
        return masks.get(b"CapPrm", 0) & ~masks.get(b"CapAmb", 0) == 0
    except OSError:
        return False


def _path(file: IO[bytes]) -> str:
    name: Any = file.name
    return name if isinstance(name, str) else "/proc/%d/fd/%d" % (os.getpid(), name)
