"""What another process has sent and may not send."""

from __future__ import annotations

import json
import math
from typing import Any, Callable, Dict, Mapping


class ProtocolError(Exception):
    """A message that breaks the protocol: whoever sent it is not listened to any more."""

    code = "QUINTET_PROTOCOL"


def parse_json(data: bytes, name: str) -> Dict[str, Any]:
    """The object that a message is."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ProtocolError("%s is no JSON: %s" % (name, show(data[:60].decode("utf-8", "replace")))) from None
    if not isinstance(value, dict):
        raise ProtocolError("%s is %s, not an object" % (name, show(value)))
    return value


def _no_constant(name: str) -> None:
    """NaN and its like, which Python takes for JSON."""
    raise ValueError(name)


def check(value: object, name: str, fields: Mapping[str, Callable[[object], bool]]) -> Dict[str, Any]:
    """The value, an object of which these fields have values that they may have."""
    if not isinstance(value, dict):
        raise ProtocolError("%s is %s, not an object" % (name, show(value)))
    for field, fits in fields.items():
        if not fits(value.get(field)):
            raise ProtocolError("%s: %s is %s" % (name, field, show(value.get(field))))
    return value


def is_text(value: object) -> bool:
    """As the field of a message."""
    return isinstance(value, str)


def is_number(value: object) -> bool:
    """As the field of a message."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def show(value: object) -> str:
    """Short, and without control characters: it is a stranger's."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value[:60] if isinstance(value, str) else value).replace("\x7f", "\\u007f")
    return text if len(text) <= 80 else text[:80] + "…"
