"""prctl(2), with which Linux changes what happens to a process."""

from __future__ import annotations

import sys
from typing import Callable, Optional

# Options of prctl(2): the signal that the kernel sends when the parent ends; whether orphans become our children.
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def find_prctl() -> Optional[Callable[..., int]]:
    """The function, which returns 0 if it succeeds. None off Linux, and on a Python without ctypes."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        return ctypes.CDLL(None).prctl
    except Exception:
        return None
