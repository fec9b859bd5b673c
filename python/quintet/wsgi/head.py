"""The head of a response: the status and the headers, checked, as frames carry them."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from ..wire import frames

# From src/shared/hop-by-hop.ts, by npm run docs:
HOP_BY_HOP = (
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
)
# End of src/shared/hop-by-hop.ts.

# What a header name means to the server. Most are _PLAIN, so 0 is tested first.
_PLAIN, _LENGTH, _SERVER, _HOP = range(4)
_MEANING = {"content-length": _LENGTH, "server": _SERVER}
_MEANING.update(dict.fromkeys(HOP_BY_HOP, _HOP))
# The meanings of names, as applications spell them. Filled as names occur, up to _MAX_KNOWN.
_known: Dict[str, int] = {}
_MAX_KNOWN = 1000
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_STATUS = re.compile(r"[2-9][0-9][0-9]( [^\x00-\x08\x0a-\x1f\x7f]*)?").fullmatch
_INTERIM = re.compile(r"1[0-9][0-9]( |$)").match
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
_CONTROL_BUT_NUL = re.compile(r"[\x01-\x08\x0a-\x1f\x7f]").search


class HeaderError(ValueError):
    """A status or a header that HTTP cannot carry. The message names it."""


class HopByHopError(HeaderError):
    """A header that belongs to the server. hop_by_hop.py decides what happens to it."""


def _classify(name: str) -> int:
    if type(name) is not str or not _TOKEN(name):
        raise HeaderError("start_response: not a header name: %r" % (name,))
    meaning = _MEANING.get(name.lower(), _PLAIN)
    if len(_known) < _MAX_KNOWN:
        _known[name] = meaning
    return meaning


def is_hop_by_hop(name: object) -> bool:
    """Whether this is the name of a hop-by-hop header."""
    return isinstance(name, str) and _MEANING.get(name.lower()) == _HOP


def make_head(status: str, headers: List[Tuple[str, str]]) -> Tuple[bytes, int, Optional[int]]:
    """The head as bytes, its flags, and its Content-Length. Raises HeaderError."""
    if not isinstance(headers, list):
        what = type(headers).__name__
        raise HeaderError("start_response: the headers are a %s, not a list of pairs (PEP 3333)" % what)
    if type(status) is not str or not _STATUS(status):
        if type(status) is str and _INTERIM(status):
            raise HeaderError(
                "start_response: a 1xx status is not a final response; only the server sends interim ones: %r"
                % (status,)
            )
        raise HeaderError("start_response: not a status, such as '200 OK': %r" % (status,))
    parts = [status]
    flags = 0
    length = None
    for name, value in headers:
        meaning = _known.get(name)
        if meaning is None:
            meaning = _classify(name)
        if meaning:
            if meaning == _LENGTH:
                if type(value) is not str or not (value.isascii() and value.isdigit() and len(value) <= 15):
                    raise HeaderError("start_response: not a Content-Length: %r" % (value,))
                if length is not None:
                    raise HeaderError("start_response: Content-Length is given twice")
                length = int(value)
                flags |= frames.HAS_LENGTH
            elif meaning == _HOP:
                message = "start_response: %r is a hop-by-hop header, which only the server may set (PEP 3333)"
                raise HopByHopError(message % name)
            else:
                flags |= frames.HAS_SERVER
        parts.append(name)
        parts.append(value)
    try:
        text = "\0".join(parts)
        head = text.encode("latin-1")
    except (TypeError, UnicodeEncodeError):
        raise _culprit(headers) from None
    if _CONTROL_BUT_NUL(text) or head.count(b"\0") != len(parts) - 1:
        raise _culprit(headers)
    if len(head) > frames.MAX_HEAD_BYTES:
        message = "start_response: status and headers have %d bytes; the limit is %d"
        raise HeaderError(message % (len(head), frames.MAX_HEAD_BYTES))
    return head, flags, length


def _culprit(headers: List[Tuple[str, str]]) -> Exception:
    for name, value in headers:
        if type(value) is not str:
            return HeaderError("start_response: the value of %s is %s, not str" % (name, type(value).__name__))
        if _CONTROL(value):
            return HeaderError("start_response: the value of %s has a control character: %r" % (name, value))
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            return HeaderError("start_response: the value of %s is not latin-1: %r" % (name, value))
    return HeaderError("start_response: the status is not latin-1")
