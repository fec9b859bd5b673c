"""What another process has sent and may not send."""

from __future__ import annotations

import json
from typing import Any, Dict


class ProtocolError(Exception):
    """A message that breaks the protocol: whoever sent it is not listened to any more."""

    code = "QUINTET_PROTOCOL"


def parse_json(data: bytes, name: str) -> Dict[str, Any]:
    """The object that a message is."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise ProtocolError("%s is no JSON: %s" % (name, show(data[:60].decode("utf-8", "replace")))) from None
    if not isinstance(value, dict):
        raise ProtocolError("%s is %s, not an object" % (name, show(value)))
    return value


def show(value: object) -> str:
    """Short, and without control characters: it is a stranger's."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value[:60] if isinstance(value, str) else value)
    return text if len(text) <= 80 else text[:80] + "…"
