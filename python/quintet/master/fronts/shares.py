"""How a number is divided among several fronts."""

from __future__ import annotations


def share(number: int, index: int, of: int) -> int:
    """The part of `number` that the front at `index` of `of` gets. src/master/front-share.ts does the same."""
    return number // of + (1 if index < number % of else 0)
