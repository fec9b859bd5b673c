"""What Node cannot hand on: variables and folders whose bytes are not UTF-8. See src/shared/raw-environment.ts."""

from __future__ import annotations

import os
import sys
from typing import Iterable, Tuple

# How Node calls the current folder where it cannot have its name; src/config/current-folder.ts has the same.
HERE = "/proc/self/cwd"


def restore_variables(raw: Iterable[Tuple[str, str]]) -> None:
    """Put the bytes of these variables back in place of what Node has made of them."""
    for name, text in raw:
        os.environ.pop(name, None)
        key, _, value = text.encode("latin-1").partition(b"=")
        os.environb[key] = value


def real_path(path: str) -> str:
    """The path of a file by its real name, which stays right when the application changes to another folder."""
    return os.getcwd() + path[len(HERE) :] if path == HERE or path.startswith(HERE + "/") else path


def restore_paths() -> None:
    """The same for what Python has found by its own path."""
    sys.path[:] = map(real_path, sys.path)
    for name in ("executable", "prefix", "exec_prefix"):
        setattr(sys, name, real_path(getattr(sys, name) or ""))


def for_node(path: str) -> str:
    """A path that Node can open: by way of the folder that it runs in, as this process did at its start."""
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
        return ""  # it has been removed


_started_in = _current_folder()


def shown(path: str) -> str:
    """As Node writes the same name."""
    return os.fsencode(real_path(path)).decode("utf-8", "replace")
