"""Checks the frames from Node, because the application's code runs there and could write to the connection."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

from ..shared.shape import ProtocolError, check, is_text, parse_json
from ..wire import frames
from ..wsgi.head import HeaderError, make_head

Head = Tuple[str, List[Tuple[str, str]]]

# The longest payload of each type that Node sends.
_MAX_PAYLOAD_BYTES = {
    frames.ANSWER: frames.MAX_HEAD_BYTES + frames.MAX_CHUNK_BYTES + 8,
    frames.START: frames.MAX_HEAD_BYTES + frames.MAX_CHUNK_BYTES + 8,
    frames.DATA: frames.MAX_CHUNK_BYTES,
    frames.END: 4,
    frames.ABORT: 4,
    frames.LOG: frames.MAX_JSON_BYTES,
    frames.CALL: frames.MAX_FRAME_BYTES,
    frames.CALL_CREDIT: 4,
    frames.CALL_GONE: 0,
}


def check_length(kind: int, length: int) -> None:
    """Check a header. Raises ProtocolError."""
    if length > _MAX_PAYLOAD_BYTES.get(kind, -1):
        raise ProtocolError("a frame of type %d that is %d bytes long" % (kind, length))


def check_payload(kind: int, payload: bytes) -> None:
    """Check a whole frame. Raises ProtocolError."""
    check_kind = _CHECKS.get(kind)
    if check_kind is not None:
        check_kind(payload)


def split_head(payload: bytes) -> Tuple[Head, bytes]:
    """The head of an ANSWER or START, and the bytes of the body after it. Raises ProtocolError."""
    length = frames.U32.unpack_from(payload, 4)[0] if len(payload) >= 8 else len(payload)
    if 8 + length > len(payload):
        raise ProtocolError("a response of %d bytes with a head of %d" % (len(payload), length))
    status, *parts = payload[8 : 8 + length].decode("latin-1").split("\0")
    if len(parts) % 2:
        raise ProtocolError("a head has a name without a value")
    return (status, list(zip(parts[::2], parts[1::2]))), payload[8 + length :]


def _response(payload: bytes) -> None:
    head, _ = split_head(payload)
    try:
        make_head(*head)
    except HeaderError as error:
        raise ProtocolError(str(error)) from None


def _four(payload: bytes) -> None:
    if len(payload) != 4:
        raise ProtocolError("a frame of %d bytes, not 4" % len(payload))


def _record(payload: bytes) -> None:
    check(parse_json(payload, "LOG"), "LOG", {"text": is_text})


def _call(payload: bytes) -> None:
    if len(payload) < 12:
        raise ProtocolError("CALL of %d bytes" % len(payload))
    target, environ = frames.U32X2.unpack_from(payload, 4)
    if 12 + target + environ > len(payload):
        raise ProtocolError("a CALL that is longer than its frame")
    parts = payload[12 + target : 12 + target + environ].split(b"\0")
    if len(parts) % 2 == 0 or parts[-1] or b"REQUEST_METHOD" not in parts[::2]:
        raise ProtocolError("CALL with a malformed environ")


_CHECKS: Dict[int, Callable[[bytes], Any]] = {
    frames.ANSWER: _response,
    frames.START: _response,
    frames.END: _four,
    frames.ABORT: _four,
    frames.LOG: _record,
    frames.CALL: _call,
    frames.CALL_CREDIT: _four,
}
