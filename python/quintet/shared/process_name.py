"""The name of this process, as `ps` shows it. Only Linux has one that can be changed."""

from __future__ import annotations

_FILE = "/proc/self/comm"


def process_name() -> str:
    """The name; empty off Linux."""
    try:
        with open(_FILE) as file:
            return file.read().strip()
    except OSError:
        return ""


def name_process(name: str) -> None:
    """Change the name. Off Linux this does nothing."""
    try:
        with open(_FILE, "w") as file:
            file.write(name)
    except OSError:
        pass
