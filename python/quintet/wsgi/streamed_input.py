"""wsgi.input of a request whose body is sent as the application reads it."""

from __future__ import annotations

import io
from typing import Any, List, Optional

from ..input import ClientDisconnected
from ..wire.channel import Channel
from ..wire.flow import UploadFlow

# So many bytes are asked for at a time, and held at most.
_WINDOW = 128 * 1024
_BUFFER = 64 * 1024


class _Body(io.RawIOBase):
    """What the front sends, asked for piece by piece, in the thread that reads."""

    def __init__(self, channel: Channel, number: int, length: Optional[str]) -> None:
        self._channel = channel
        self._number = number
        self._length = length
        self._upload = channel.uploads[number] = UploadFlow()
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        upload = self._upload
        if not upload.answered:
            self._channel.want(self._number, upload, _WINDOW)
        piece = upload.piece
        if not piece:
            if upload.broken is not None:
                of = "" if self._length is None else " of %s" % self._length
                message = "%s; %d%s bytes of the request's body had come" % (upload.broken, self._read, of)
                raise ClientDisconnected(message)
            return 0
        size = min(len(target), len(piece))
        target[:size] = piece[:size]
        upload.piece = piece[size:]
        self._read += size
        return size

    def readall(self) -> bytes:
        parts: List[bytes] = []
        while True:
            part = self.read(_WINDOW)
            if not part:
                return b"".join(parts)
            parts.append(part)

    def close(self) -> None:
        self._channel.uploads.pop(self._number, None)
        super().close()


def open_input(channel: Channel, number: int, length: Optional[str]) -> io.BufferedReader:
    """The body of a request as a file: read, readline, readlines and iteration are the standard library's."""
    return io.BufferedReader(_Body(channel, number, length), _BUFFER)
