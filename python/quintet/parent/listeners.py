"""The listening sockets. They stay open, and their backlog is kept, whatever becomes of a front."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Tuple


class Listener(NamedTuple):
    """What listens at an address: a socket that all fronts share, or one for each.

    Of a shared one the first front to wake takes all that has come, so where there are several fronts the kernel is to
    divide the connections among as many sockets (SO_REUSEPORT).
    """

    sockets: List[socket.socket]
    where: str  # as a person writes it
    path: str  # of a unix socket that was made here, else empty
    inode: int

    def descriptor(self, front: int) -> int:
        """The one for this front."""
        return self.sockets[front % len(self.sockets)].fileno()

    def close(self) -> None:
        """Nobody is taken any more, as far as this process is concerned; the file of a unix socket is removed."""
        if self.sockets[0].fileno() < 0:
            return  # closed before: by now the path, and even the inode number, may be another server's
        for each in self.sockets:
            each.close()
        if self.path and _inode(self.path) == self.inode:
            with contextlib.suppress(OSError):  # the folder is no longer ours
                os.unlink(self.path)


class CannotListen(Exception):
    """An address cannot be had; the message says which, and why."""


def listen(addresses: List[Dict[str, Any]], backlog: int, fronts: int) -> List[Listener]:
    """Listen on all addresses, or on none. They were tried by the command, which explains better what is wrong."""
    made: List[Listener] = []
    try:
        for address in addresses:
            made.append(_unix(address["path"], backlog) if "path" in address else _tcp(address, backlog, fronts))
    except CannotListen:
        for listener in made:
            listener.close()
        raise
    return made


def receive(path: str) -> List[Listener]:
    """The sockets that systemd has opened, from the process that carries them here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        _, descriptors, _, _ = socket.recv_fds(connection, 1, 64)
    sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    return [Listener([each], _where(each.family, each.getsockname()), "", 0) for each in sockets]


def _tcp(address: Dict[str, Any], backlog: int, fronts: int) -> Listener:
    count = fronts if sys.platform.startswith("linux") else 1  # only there are connections divided
    port: int = address["port"]
    sockets: List[socket.socket] = []
    try:
        for _ in range(count):
            listening = _open_tcp(address, port, count > 1)
            sockets.append(listening)
            listening.listen(backlog)
            port = listening.getsockname()[1]  # of all the others, too, where the first has it from the system
    except OSError as error:
        for each in sockets:
            each.close()
        raise CannotListen("%s:%d: %s" % (address["host"], address["port"], error.strerror)) from None
    return Listener(sockets, _url(address["host"], port), "", 0)


def _open_tcp(address: Dict[str, Any], port: int, divided: bool) -> socket.socket:
    family = socket.AF_INET6 if address["family"] == 6 else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if divided:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind((address["ip"], port))
    except OSError:
        opened.close()
        raise
    return opened


def _unix(path: str, backlog: int) -> Listener:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(path)
        # Who may reach it is decided by its folder, as with other servers' sockets.
        os.chmod(path, 0o666)
        listening.listen(backlog)
    except OSError as error:
        listening.close()
        raise CannotListen("%s: %s" % (path, error.strerror)) from None
    return Listener([listening], "unix:" + path, os.path.abspath(path), _inode(path) or 0)


def _inode(path: str) -> Optional[int]:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return None


def _where(family: int, name: Any) -> str:
    if family == socket.AF_UNIX:
        return "unix:%s" % (name.decode("utf-8", "replace") if isinstance(name, bytes) else name)
    address: Tuple[str, int] = name[:2]
    return _url(*address)


def _url(host: str, port: int) -> str:
    return "http://%s:%d" % ("[%s]" % host if ":" in host else host, port)
