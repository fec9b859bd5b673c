"""The error that the host module raises: a stable code, what was wrong, what to do."""

from __future__ import annotations


class QuintetError(Exception):
    """What hinders an application from being loaded. Its ``code`` is one of docs/reference/errors.md."""

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
