"""Variables and folders that are not UTF-8. Node cannot pass them on: see src/shared/raw-environment.ts."""

from __future__ import annotations

import os
import sys
from typing import Iterable, Tuple

# How Node names the current folder when the real name is not UTF-8.
# From src/config/current-folder.ts, by npm run docs:
HERE = "/proc/self/cwd"
# End of src/config/current-folder.ts.


def restore_variables(raw: Iterable[Tuple[str, str]]) -> None:
    """Restore the bytes of these variables, which Node has replaced.

    ``raw``: for each variable the name that Node gave it, and "name=value" in latin-1.
    """
    for name, text in raw:
        os.environ.pop(name, None)
        key, _, value = text.encode("latin-1").partition(b"=")
        os.environb[key] = value


def real_path(path: str) -> str:
    """The real path of a file below HERE. It stays valid when the application changes its current folder."""
    return os.getcwd() + path[len(HERE) :] if path == HERE or path.startswith(HERE + "/") else path


def restore_paths() -> None:
    """Replace HERE in the paths that Python has derived from its own."""
    sys.path[:] = map(real_path, sys.path)
    for name in ("executable", "prefix", "exec_prefix"):
        setattr(sys, name, real_path(getattr(sys, name) or ""))


def for_node(path: str) -> str:
    """A path that Node can open. If the name is not UTF-8 it is below HERE, because Node runs in our initial folder."""
    try:
        os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        if path == _started_in or path.startswith(_started_in + "/"):
            return HERE + path[len(_started_in) :]
    return path


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""  # the folder was removed


_started_in = _current_folder()


def shown(path: str) -> str:
    """The path as Node writes it."""
    return os.fsencode(real_path(path)).decode("utf-8", "replace")
