"""The file of a unix socket: its mode and owner, and the removal of a stale file."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import socket
import stat
import sys
from typing import Any, Dict, Optional

from ..system.user import User
from .errors import CannotListen

# As with other servers, the permissions of the folder decide who may connect.
DEFAULT_MODE = 0o666


def bind_file(bound: socket.socket, address: Dict[str, Any], owner: Optional[User]) -> None:
    """Bind a socket to a path, with the mode, user and group of the address; by default those of the server."""
    path: str = address["path"]
    user = _number(address, "user", -1 if owner is None else owner.uid)
    group = _number(address, "group", -1 if owner is None else owner.gid)
    # Do not act as root if somebody else could replace a folder of the path.
    acting = owner.acting() if owner is not None and owner.can_be_redirected(path) else contextlib.nullcontext()
    with acting:
        _remove_stale(path)
        mask = os.umask(0o777 & ~address.get("mode", DEFAULT_MODE))
        try:
            bound.bind(path)
        finally:
            os.umask(mask)
    try:
        if (user, group) != (-1, -1):
            _give(path, user, group)
    except OSError:
        os.unlink(path)
        raise


def _give(path: str, user: int, group: int) -> None:
    """Change the owner of a socket file, but not of another file that has taken its place."""
    if not sys.platform.startswith("linux"):
        return os.chown(path, user, group, follow_symlinks=False)
    descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise CannotListen(path, "another file has taken its place.")
        os.chown("/proc/self/fd/%d" % descriptor, user, group)
    finally:
        os.close(descriptor)


def inode_of(path: str) -> Optional[int]:
    """The inode of a file; None if it does not exist."""
    try:
        return os.lstat(path).st_ino
    except OSError:
        return None


def _number(address: Dict[str, Any], what: str, default: int) -> int:
    """The uid or gid that the address gives as a name or a number."""
    name: str = address.get(what, "")
    if not name:
        return default
    if name.isdigit():
        return int(name)
    try:
        return pwd.getpwnam(name).pw_uid if what == "user" else grp.getgrnam(name).gr_gid
    except KeyError:
        raise CannotListen(address["path"], "there is no %s %r." % (what, name)) from None


def _remove_stale(path: str) -> None:
    """Remove a socket file that a killed server has left behind. A file on which a server listens is kept."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return  # it does not exist, or bind() reports the error
    # Connecting to an ordinary file is also refused, so check the kind before removing anything.
    if not stat.S_ISSOCK(mode):
        raise CannotListen(path, "a file that is not a socket is already there.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # a server whose backlog is full is alive
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
        except OSError:
            pass
