"""The literal prefixes that a regular expression matches: ``^(static|media)/.*$`` gives ``static/`` and ``media/``."""

from __future__ import annotations

import importlib
import re
from typing import Any, List, Tuple

# A prefix, and whether it is the whole match. If it is not, anything may follow.
Beginning = Tuple[str, bool]

# The maximum number of prefixes of one expression, and of characters of one set.
_MAX_PREFIXES = 64
_ANYTHING: List[Beginning] = [("", False)]

# Python's own parser of regular expressions; re._parser from Python 3.11 on.
_parser: Any = getattr(re, "_parser", None) or importlib.import_module("sre_parse")


def beginnings(regex: str) -> List[Beginning]:
    """The literal prefix of each branch of a regular expression."""
    return _sequence(_parser.parse(regex))


def _sequence(nodes: Any) -> List[Beginning]:
    ended: List[Beginning] = []
    going = [""]
    for operator, value in nodes:
        ways = _ways(repr(operator), value)
        if ways is None:
            continue
        both = [(before + text, whole) for before in going for text, whole in ways]
        ended += [each for each in both if not each[1]]
        going = [text for text, whole in both if whole]
        if not going:
            break
        if len(going) + len(ended) > _MAX_PREFIXES:
            return [*ended, *((text, False) for text in going)]
    return [*ended, *((text, True) for text in going)]


def _ways(operator: str, value: Any) -> Any:
    """The prefixes of one part of an expression; None if the part matches no characters."""
    if operator == "LITERAL":
        return [(chr(value), True)]
    if operator in ("AT", "ASSERT", "ASSERT_NOT"):
        return None
    if operator == "SUBPATTERN":
        return _sequence(value[3])
    if operator == "ATOMIC_GROUP":
        return _sequence(value)
    if operator == "BRANCH":
        return [way for branch in value[1] for way in _sequence(branch)]
    if operator == "IN" and len(value) <= _MAX_PREFIXES and all(repr(kind) == "LITERAL" for kind, _ in value):
        return [(chr(each), True) for _, each in value]
    if operator in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, repeated = value
        ways = _sequence(repeated)
        if most == 1:
            return ways if least == 1 else [*ways, ("", True)]
        return [(text, False) for text, _ in ways] if least > 0 else _ANYTHING
    return _ANYTHING
