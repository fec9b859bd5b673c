"""Whether threads are what they are for Python: gevent and eventlet put greenlets of one thread in their place."""

from __future__ import annotations

import _thread
import threading
from typing import Any, List, Optional

# Python's own.
_native_id: Any = getattr(_thread, "get_native_id", None)


def in_place_of_threads() -> Optional[str]:
    """What has replaced them, such as ``gevent``; None if nothing has.

    A worker of several such threads would hang: its main thread waits for the front in a way that lets no other run.
    """
    if _native_id is None:
        return None
    found: List[int] = []
    thread = threading.Thread(target=lambda: found.append(_native_id()), name="quintet-look")
    thread.start()
    thread.join()
    if found != [_native_id()]:
        return None
    return str(getattr(_thread.start_new_thread, "__module__", None) or "a library").partition(".")[0]
