"""wsgi.input for a body that the front sends while the application reads it (``requestBuffering: false``)."""

from __future__ import annotations

import io
from typing import Any, List, Optional

from ..input import ClientDisconnected
from ..wire.channel import Channel
from ..wire.flow import UploadFlow

# The most bytes that are requested, and held, at a time.
_WINDOW_BYTES = 128 * 1024
_BUFFER_BYTES = 64 * 1024


class _StreamedBody(io.RawIOBase):
    """Asks the front for the body piece by piece, in the thread that reads it."""

    def __init__(self, channel: Channel, request_id: int, content_length: Optional[str]) -> None:
        self._channel = channel
        self._request_id = request_id
        self._content_length = content_length
        self._upload = channel.uploads[request_id] = UploadFlow()
        # Bytes that the application has read.
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        upload = self._upload
        if not upload.answered:
            self._channel.want(self._request_id, upload, _WINDOW_BYTES)
        piece = upload.piece
        if not piece:
            if upload.broken is not None:
                of = "" if self._content_length is None else " of %s" % self._content_length
                message = "%s; %d%s bytes of the request body had arrived" % (upload.broken, self._read, of)
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
            part = self.read(_WINDOW_BYTES)
            if not part:
                return b"".join(parts)
            parts.append(part)

    def close(self) -> None:
        self._channel.uploads.pop(self._request_id, None)
        super().close()


def open_input(channel: Channel, request_id: int, content_length: Optional[str]) -> io.BufferedReader:
    """The body of a request as a file. Its read, readline, readlines and iteration are the standard library's."""
    return io.BufferedReader(_StreamedBody(channel, request_id, content_length), _BUFFER_BYTES)
