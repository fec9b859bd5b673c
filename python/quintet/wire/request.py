"""The frame REQUEST. It is decoded only when the request runs, because the front may recall it before."""

from __future__ import annotations

from typing import NamedTuple, Tuple

from ..shared.shape import ProtocolError
from . import frames

_unpack_u32 = frames.U32.unpack_from


class Request(NamedTuple):
    """A request as it lies in the receive buffer."""

    id: int
    flags: int
    buffer: bytes
    start: int
    stop: int


def split_request(request: Request) -> Tuple[str, bytes]:
    """The text of the environ, and the body or the path of the file that holds it.

    Raises ProtocolError if the environ does not fit in the frame.
    """
    buffer, start = request.buffer, request.start
    length = _unpack_u32(buffer, start)[0] if request.stop - start >= 4 else request.stop
    middle: int = start + 4 + length
    if middle > request.stop:
        raise ProtocolError("a request of %d bytes whose environ is longer" % (request.stop - start))
    return buffer[start + 4 : middle].decode("latin-1"), buffer[middle : request.stop]
