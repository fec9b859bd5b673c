"""What happens when an application sets hop-by-hop headers, such as ``Connection`` or ``Transfer-Encoding``.

They belong to the server. PEP 3333 says that a server *should* raise an error, but other servers drop them silently. We
drop them with one warning a process, or raise if the setting ``strictHeaders`` is on.
"""

from __future__ import annotations

from typing import Callable, List, Tuple

from .head import HopByHopError, is_hop_by_hop

_strict = False
_warned = False


def set_strict(strict: bool) -> None:
    """Set whether start_response() raises, in this process."""
    global _strict
    _strict = strict


def drop(headers: List[Tuple[str, str]], error: HopByHopError, log: Callable[[str], None]) -> List[Tuple[str, str]]:
    """Remove the hop-by-hop headers. Warns the first time; raises ``error`` in strict mode."""
    global _warned
    if _strict:
        raise error
    if not _warned:
        _warned = True
        names = [name for name, _ in headers if is_hop_by_hop(name)]
        what = "header %s is" if len(names) == 1 else "headers %s are"
        log(
            "the hop-by-hop "
            + what % ", ".join(names)
            + " dropped, which the application has set: such headers belong "
            "to the server (PEP 3333). With the setting strictHeaders start_response() raises, and the traceback shows "
            "who sets them. Later ones are dropped without a warning"
        )
    return [header for header in headers if not is_hop_by_hop(header[0])]
