"""Turns commands and signals into requests to the server, checked against the table."""

from __future__ import annotations

import os
import signal
from typing import Callable, Optional

from ...shared.shape import ProtocolError, show
from ..system.json_lines import Value
from ..system.loop import Loop
from ..system.processes import in_foreground
from .table import COMMANDS, SIGNALS


def read_question(question: Value) -> Value:
    """Turn a command's question into a request. Raises ProtocolError if it is unknown or its number is out of range."""
    what = question.get("do")
    if not isinstance(what, str) or what not in COMMANDS:
        raise ProtocolError("This server does not know %s." % show(what))
    request: Value = {"do": what}
    for name, (least, most) in COMMANDS[what].items():
        number = question.get(name)
        if type(number) is not int or not least <= number <= most:
            raise ProtocolError("The number of %s must be from %d to %d, not %s." % (name, least, most, show(number)))
        request[name] = number
    return request


def watch_signals(loop: Loop, requested: Callable[[Value, str], object]) -> None:
    """For each signal that arrives, call `requested` with its request and its name."""
    on_terminal = os.isatty(1)

    def request_of(name: str) -> Optional[Value]:
        request = SIGNALS[name]
        if request.get("notInForeground") and in_foreground():
            return None
        if "whenTerminalClosed" in request and on_terminal and not os.isatty(1):
            return {"do": request["whenTerminalClosed"], "why": "the terminal was closed"}
        return request

    def watch(name: str) -> None:
        def arrived() -> None:
            request = request_of(name)
            if request is not None:
                requested(request, request.get("why", name))

        loop.on(getattr(signal, name), arrived)

    for name in SIGNALS:
        watch(name)
