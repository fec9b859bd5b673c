"""What becomes of hop-by-hop headers that an application sets: ``Connection``, ``Transfer-Encoding`` and their like.

They belong to the server. PEP 3333 says that a server *should* raise an error; other servers drop them without a
word. Here they are dropped, with one warning, unless ``strictHeaders`` wants the error.
"""

from __future__ import annotations

from typing import Callable, List, Optional

_strict = False
_warned = False


def be_strict(strict: bool) -> None:
    """Whether start_response() raises, in this process."""
    global _strict
    _strict = strict


def collector() -> Optional[List[str]]:
    """For make_head: where it puts the names of what it drops; None if it is to raise."""
    return None if _strict else []


def warn(names: List[str], log: Callable[[str], None]) -> None:
    """Say that they were dropped, once for each process."""
    global _warned
    if _warned:
        return
    _warned = True
    what = "header %s is" if len(names) == 1 else "headers %s are"
    log(
        "the hop-by-hop " + what % ", ".join(names) + " dropped, which the application has set: such headers belong to "
        "the server (PEP 3333). With the setting strictHeaders start_response() raises, and the traceback shows who "
        "sets them. Later ones are dropped without a warning"
    )
