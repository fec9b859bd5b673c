"""The body of a request: read whole from the server, and put where Node can read it."""

from __future__ import annotations

import os
import tempfile
from typing import IO, Any, Dict, Optional

from ..wire import frames

# The setting bodyMemory, at its default.
# From src/config/settings/limits.ts, by npm run docs:
MAX_MEMORY_BYTES = 262144
# End of src/config/settings/limits.ts.
_BLOCK_BYTES = 64 * 1024


class IncompleteBody(Exception):
    """The body is shorter than its Content-Length."""


class RequestBody:
    """The bytes, or the path of a file that contains them. Close it after use."""

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
        # A body without a length (chunked) can only be read if the server ends wsgi.input where the body ends.
        left = int(length) if length else None
        if left is None and not environ.get("wsgi.input_terminated"):
            return
        source = environ["wsgi.input"]
        data = bytearray()
        while left is None or left > 0:
            block = source.read(_BLOCK_BYTES if left is None else min(left, _BLOCK_BYTES))
            if not block:
                break
            self.size += len(block)
            if left is not None:
                left -= len(block)
            data += block
            if self._file is None and len(data) > MAX_MEMORY_BYTES:
                self._file = _open_file()
            if self._file is not None:
                self._file.write(data)
                data.clear()
        if left:
            raise IncompleteBody("the body ended after %d bytes; its Content-Length is %s" % (self.size, length))
        if self._file is None:
            self.payload = bytes(data)
        else:
            self._file.flush()
            self.flags = frames.BODY_IN_FILE
            self.payload = os.fsencode(_path(self._file))

    def close(self) -> None:
        """Close and remove the file."""
        if self._file is not None:
            self._file.close()
            if isinstance(self._file.name, str):
                os.unlink(self._file.name)
            self._file = None


def _open_file() -> IO[bytes]:
    """Open a temporary file.

    If Node can open it without a name, it has none, so the system removes it even after a kill.
    """
    if _can_node_open_our_files():
        return tempfile.TemporaryFile(prefix="quintet-body-", buffering=0)
    descriptor, name = tempfile.mkstemp(prefix="quintet-body-")
    os.close(descriptor)
    return open(name, "wb", buffering=0)


def _can_node_open_our_files() -> bool:
    """Whether Node can open the files of this process as /proc/PID/fd/N.

    src/http/spool/proc-fd-access.ts decides the same for the front.

    The files of a process that has changed its user, as Apache's do, cannot be opened by other processes. Those of a
    process with capabilities (setcap) cannot be opened by a process without them.
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
