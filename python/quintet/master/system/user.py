"""The user that the server switches to (settings `user` and `group`) once it has what only root can get."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import stat
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple


class CannotChangeUser(Exception):
    """The server cannot run as this user; the message says why."""


class User(NamedTuple):
    """A user and all its groups, as numbers."""

    uid: int
    gid: int
    groups: Tuple[int, ...]
    name: str
    home: str

    def become(self) -> None:
        """Change to this user for good, without a way back to any privilege."""
        os.setgroups(self.groups)
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.uid != 0:
            with contextlib.suppress(PermissionError):
                os.setuid(0)
                raise CannotChangeUser("this process can still become root.")
        # Root's directories are not for this user.
        os.environ.update(self.variables())
        os.environ.pop("XDG_RUNTIME_DIR", None)

    def variables(self) -> Dict[str, str]:
        """The variables that a login sets."""
        return {"HOME": self.home, "USER": self.name, "LOGNAME": self.name}

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        """Act as this user within a `with` block."""
        groups, gid, uid = os.getgroups(), os.getegid(), os.geteuid()
        os.setgroups(self.groups)
        os.setegid(self.gid)
        os.seteuid(self.uid)
        try:
            yield
        finally:
            os.seteuid(uid)
            os.setegid(gid)
            os.setgroups(groups)

    def can_be_redirected(self, path: str) -> bool:
        """Whether anybody except root, including this user, can change where a path leads.

        Root must not open such a path.
        """
        path = os.path.abspath(path)
        real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        try:
            return any(self._may_change(*step) for each in {path, real} for step in _steps(each))
        except OSError:
            return True  # a folder is missing

    def _may_change(self, folder: str, child: str) -> bool:
        found = os.lstat(folder)
        if found.st_uid != 0:
            return True
        if stat.S_ISLNK(found.st_mode):
            return False
        mode = found.st_mode
        if not (mode & stat.S_IWOTH or (mode & stat.S_IWGRP and found.st_gid in self.groups)):
            return False
        # In a folder with the sticky bit, such as /tmp, nobody else can remove or rename root's files.
        return not (mode & stat.S_ISVTX and os.path.lexists(child) and os.lstat(child).st_uid == 0)


def find_user(user: str, group: str) -> Optional[User]:
    """The user with these names or numbers. None if the process runs as that user already, or `user` is empty."""
    if not user:
        return None
    entry = _user(user)
    if entry is None and not (user.isdigit() and group):
        what = " with that number; give its group, too" if user.isdigit() else ""
        raise CannotChangeUser("there is no user %r%s." % (user, what))
    uid = int(user) if entry is None else entry.pw_uid
    gid = _group(group) if group else (entry.pw_gid if entry else uid)
    if os.geteuid() != 0:
        if uid == os.getuid() and gid == os.getgid():
            return None
        raise CannotChangeUser("only root can become %s. Start it as root, or leave out user and group." % user)
    name = user if entry is None else entry.pw_name
    groups = (gid,) if entry is None else tuple(os.getgrouplist(name, gid))
    found = User(uid, gid, groups, name, "/" if entry is None else entry.pw_dir)
    try:
        with found.acting():
            return found
    except PermissionError:
        raise CannotChangeUser("this root lacks the capabilities CAP_SETUID and CAP_SETGID.") from None


def _user(user: str) -> Optional[pwd.struct_passwd]:
    try:
        return pwd.getpwuid(int(user)) if user.isdigit() else pwd.getpwnam(user)
    except KeyError:
        return None


def _group(group: str) -> int:
    if group.isdigit():
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise CannotChangeUser("there is no group %r." % group) from None


def check_access(user: User, needed: List[Tuple[str, str, int]]) -> None:
    """Raise CannotChangeUser if the user cannot access what the server needs.

    Call it after `become`. Each entry of `needed` is a description, a path and a mode of os.access.
    """
    for what, path, mode in needed:
        if not os.access(path, mode):
            verb = "write to" if mode & os.W_OK else "read" if mode & os.R_OK else "enter"
            raise CannotChangeUser("%s may not %s %s, %s." % (user.name, verb, path, what))


def _steps(path: str) -> Iterator[Tuple[str, str]]:
    """Each folder above a path, with the next step of the path in it."""
    while path != os.path.dirname(path):
        yield os.path.dirname(path), path
        path = os.path.dirname(path)
