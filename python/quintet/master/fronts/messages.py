"""What a front may say: answers to orders, and messages without being asked."""

from __future__ import annotations

from ...shared.shape import check, is_number, is_text
from ..system.json_lines import Value
from ..system.log import LEVELS

_FAILURE = {"code": is_text, "message": is_text, "detail": is_text, "advice": is_text}


def failure(message: str, code: str = "QUINTET_CONTROL", advice: str = "") -> Value:
    """The answer that says why something was not done, instead of `ok`."""
    return {"error": {"code": code, "message": message, "detail": "", "advice": advice}}


def check_answer(value: Value) -> Value:
    """The answer to an order, with an `ok` object or an `error`. Raises ProtocolError."""
    if "error" in value:
        check(value["error"], "an error", _FAILURE)
    else:
        check(value.get("ok"), "an answer", {})
    return value


def check_message(value: Value) -> str:
    """The name of a message. Its fields are checked if the name is known. Raises ProtocolError."""
    name = value.get("tell")
    if not isinstance(name, str):
        check(value, "a message", {"tell": is_text})
    elif name == "failed":
        check(value.get("failure"), "failed", {**_FAILURE, "text": is_text})
    elif name in _FIELDS:
        check(value, name, _FIELDS[name])
    return str(name)


def is_deployment(value: object) -> bool:
    """Whether this is what is served, and how, as far as the master looks at it."""
    if not isinstance(value, dict):
        return False
    settings, served = value.get("settings"), value.get("served")
    return (
        isinstance(settings, dict)
        and settings.get("logLevel") in LEVELS
        and is_text(settings.get("logFile"))
        and is_number(settings.get("gracefulTimeout"))
        and isinstance(served, dict)
        and is_text(served.get("served"))
        and is_text(served.get("cwd"))
    )


_FIELDS = {
    "ready": {"version": is_text, "deployment": is_deployment},
    "touched": {"file": is_text, "at": is_number},
    "output": {"path": is_text, "stream": is_text, "worker": is_number},
    "outputEnded": {"path": is_text},
}
