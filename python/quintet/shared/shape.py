"""Checks messages from other processes. The twin of src/shared/message-shape.ts."""

from __future__ import annotations

import json
import math
from typing import Any, Callable, Dict, Mapping


class ProtocolError(Exception):
    """A message breaks the protocol. The receiver stops reading from the sender."""

    code = "QUINTET_PROTOCOL"


def parse_json(data: bytes, name: str) -> Dict[str, Any]:
    """Parse a message that is a JSON object. ``name``: the name of the message, for the error. Raises ProtocolError."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ProtocolError("%s is not JSON: %s" % (name, show(data[:60].decode("utf-8", "replace")))) from None
    if not isinstance(value, dict):
        raise ProtocolError("%s is %s, not an object" % (name, show(value)))
    return value


def _no_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python accepts although they are not JSON."""
    raise ValueError(name)


def check(value: object, name: str, fields: Mapping[str, Callable[[object], bool]]) -> Dict[str, Any]:
    """Return the value if it is an object and each field passes its check. Raises ProtocolError."""
    if not isinstance(value, dict):
        raise ProtocolError("%s is %s, not an object" % (name, show(value)))
    for field, fits in fields.items():
        if not fits(value.get(field)):
            raise ProtocolError("%s: %s is %s" % (name, field, show(value.get(field))))
    return value


def is_text(value: object) -> bool:
    """A check for check()."""
    return isinstance(value, str)


def is_number(value: object) -> bool:
    """A check for check(): a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def show(value: object) -> str:
    """A value for an error message: short and without control characters."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value[:60] if isinstance(value, str) else value).replace("\x7f", "\\u007f")
    return text if len(text) <= 80 else text[:80] + "…"
