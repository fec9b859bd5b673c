"""Explains why the server cannot listen on an address. src/config/values/address.ts does the same in TypeScript."""

from __future__ import annotations

import errno
import os


class CannotListen(Exception):
    """The server cannot listen on an address; the message says which, and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__("%s: %s" % (where, why))


_NO_PORT = {
    errno.EADDRINUSE: "another process listens there. Find it with: ss -ltnp",
    errno.EACCES: "permission denied. Ports below 1024 need the capability CAP_NET_BIND_SERVICE.",
    errno.EADDRNOTAVAIL: "this machine has no such address.",
}
_NO_SOCKET = {
    errno.EADDRINUSE: "another process listens there. Find it with: ss -lxp",
    errno.EACCES: "this user may not write to the folder.",
    errno.EPERM: "this user may not set that owner or group.",
    errno.ENOENT: "the folder does not exist.",
    errno.ENAMETOOLONG: "the path is too long for a socket.",
}


def no_port(error: OSError) -> str:
    """Why listening on a host and port failed."""
    return _NO_PORT.get(error.errno or 0, error.strerror or str(error))


def no_socket(path: str, error: OSError) -> str:
    """Why listening on the path of a unix socket failed."""
    if error.errno is None and "too long" in str(error):
        return _NO_SOCKET[errno.ENAMETOOLONG]
    if error.errno == errno.ENOTDIR and not os.path.isdir(os.path.dirname(path)):
        return _NO_SOCKET[errno.ENOENT]
    return _NO_SOCKET.get(error.errno or 0, error.strerror or str(error))
