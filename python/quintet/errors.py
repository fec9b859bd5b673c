"""The error that the host module raises. It has a stable code, a message and advice."""

from __future__ import annotations


class QuintetError(Exception):
    """Why an application cannot be loaded. docs/reference/errors.md lists the values of ``code``."""

    def __init__(self, code: str, message: str, advice: str = "", detail: str = "") -> None:
        lines = ["%s: %s" % (code, message)]
        if detail:
            lines += ["", *("  " + line for line in detail.splitlines()), ""]
        if advice:
            lines += ["  " + line for line in advice.splitlines()]
        super().__init__("\n".join(lines))
        self.code = code
        self.message = message
        self.advice = advice
        self.detail = detail
