"""Escapes control characters in untrusted text, because a terminal would obey them. Twin of src/shared/printable.ts."""

from __future__ import annotations

import re
from typing import Match

# C0, DEL, C1, separators of lines and paragraphs, and characters that change the direction of a text.
# From src/shared/printable.ts, by npm run docs:
CONTROL_RANGES = "\x00-\x1f\x7f-\x9f\u061c\u200e-\u200f\u2028-\u202e\u2066-\u2069"
# End of src/shared/printable.ts.
_CONTROL = re.compile("[%s]" % CONTROL_RANGES)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    """Escape every control character, also line ends: ``\\n``, ``\\x1b``, ``\\u202e``."""
    return _CONTROL.sub(_escaped, text)


def printable_lines(text: str) -> str:
    """Escape each line, and keep the line ends."""
    return "\n".join(map(printable, text.split("\n")))


def _escaped(found: Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _NAMED.get(character) or ("\\x%02x" % code if code <= 0xFF else "\\u%04x" % code)
