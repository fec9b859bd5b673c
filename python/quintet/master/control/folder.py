"""The folder of control sockets. src/config/control-folder.ts does the same in a server without a master."""

from __future__ import annotations

import os
import stat
from typing import Optional

from ..system.user import User


class NoFolder(Exception):
    """A folder cannot hold control sockets; the message says why."""


def make_folder(path: str, owner: Optional[User]) -> None:
    """Make the folder as its owner. If only root can, make it as root and give it to the owner."""
    if os.path.lexists(path):
        return
    try:
        if owner is None:
            return os.makedirs(path, 0o700)
        with owner.acting():
            return os.makedirs(path, 0o700)
    except FileExistsError:
        return
    except OSError as error:
        if owner is None or owner.can_be_redirected(path):
            raise NoFolder("%s cannot hold control sockets: %s." % (path, error.strerror or error)) from None
    try:
        os.mkdir(path, 0o700)
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)
    except OSError as error:
        raise NoFolder("%s cannot hold control sockets: %s." % (path, error.strerror or error)) from None


def check_folder(path: str) -> None:
    """Raise NoFolder unless only this user can write there: another user could pose as a server."""
    found = os.lstat(path)
    why = ""
    if not stat.S_ISDIR(found.st_mode):
        why = "it is not a folder"
    elif found.st_uid != os.getuid():
        why = "it belongs to another user"
    elif found.st_mode & 0o022:
        why = "other users may write to it"
    if why:
        raise NoFolder("%s cannot hold control sockets: %s." % (path, why))
