"""The head of a response, checked, as it is sent to the front."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from . import frames

# What a header name means to us, by the spelling applications use. Filled as names are met, and bounded.
_PLAIN, _LENGTH, _DATE, _SERVER, _HOP = range(5)
_MEANING = {"content-length": _LENGTH, "date": _DATE, "server": _SERVER}
_MEANING.update(
    dict.fromkeys(
        ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer")
        + ("trailers", "transfer-encoding", "upgrade"),
        _HOP,
    )
)
_known: Dict[str, int] = {}
_FLAG = {_DATE: frames.HAS_DATE, _SERVER: frames.HAS_SERVER}
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_STATUS = re.compile(r"[2-9][0-9][0-9]( [^\x00-\x08\x0a-\x1f\x7f]*)?").fullmatch
_INTERIM = re.compile(r"1[0-9][0-9]( |$)").match
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
_CONTROL_BUT_NUL = re.compile(r"[\x01-\x08\x0a-\x1f\x7f]").search


class HeaderError(ValueError):
    """A status or a header that HTTP cannot carry; the message names the culprit."""


class HopByHopError(HeaderError):
    """A header that is the server's; what becomes of it hop_by_hop.py says."""


def _classify(name: str) -> int:
    if type(name) is not str or not _TOKEN(name):
        raise HeaderError("start_response: not a header name: %r" % (name,))
    meaning = _MEANING.get(name.lower(), _PLAIN)
    if len(_known) < 1000:
        _known[name] = meaning
    return meaning


def is_hop_by_hop(name: object) -> bool:
    """Whether it names a header about one connection, which is the server's."""
    return isinstance(name, str) and _MEANING.get(name.lower()) == _HOP


def make_head(status: str, headers: List[Tuple[str, str]]) -> Tuple[bytes, int, Optional[int]]:
    """The head, its flags, and its Content-Length. Raises by name for what HTTP cannot carry."""
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
                flags |= _FLAG[meaning]
        parts.append(name)
        parts.append(value)
    try:
        text = "\0".join(parts)
        head = text.encode("latin-1")
    except (TypeError, UnicodeEncodeError):
        raise _culprit(headers) from None
    if _CONTROL_BUT_NUL(text) or head.count(b"\0") != len(parts) - 1:
        raise _culprit(headers)
    if len(head) > frames.HEAD_MOST:
        message = "start_response: status and headers have %d bytes; the limit is %d"
        raise HeaderError(message % (len(head), frames.HEAD_MOST))
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
