"""The listening sockets. They stay open, and keep their backlog, when a front dies."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ..system.user import User
from .errors import CannotListen, no_port, no_socket
from .unix_socket import bind_file, inode_of


class Listener(NamedTuple):
    """The sockets of one address: one that all fronts share, or one for each front.

    With a shared socket, the first front to wake would take all waiting connections. So each of several fronts gets its
    own socket, and the kernel divides the connections among them (SO_REUSEPORT).
    """

    sockets: List[socket.socket]
    where: str  # as a person writes it
    path: str  # of a unix socket that was created here; otherwise empty
    inode: int

    def descriptor(self, front: int) -> int:
        """The descriptor of the socket for this front."""
        return self.sockets[front % len(self.sockets)].fileno()

    def listen(self, backlog: int) -> None:
        """Let connections in."""
        try:
            for each in self.sockets:
                each.listen(backlog)
        except OSError as error:  # another process has begun to listen there since it was bound
            raise CannotListen(self.where, no_port(error)) from None

    def close(self) -> None:
        """Close the sockets in this process, and remove the file of a unix socket."""
        if self.sockets[0].fileno() < 0:
            return  # already closed; the path, and even the inode number, may belong to another server by now
        for each in self.sockets:
            each.close()
        if self.path and inode_of(self.path) == self.inode:
            with contextlib.suppress(OSError):  # the folder is not ours, or no longer
                os.unlink(self.path)


def bind(addresses: List[Dict[str, Any]], fronts: int, owner: Optional[User]) -> List[Listener]:
    """Bind all addresses or none.

    Clients cannot connect before `listen`, so none is cut off if another address fails.
    """
    made: List[Listener] = []
    try:
        for address in addresses:
            made.append(_unix(address, owner) if "path" in address else _tcp(address, fronts))
    except CannotListen:
        close_all(made)
        raise
    return made


def listen(listeners: List[Listener], backlog: int) -> None:
    """Let connections in on all addresses or on none."""
    try:
        for listener in listeners:
            listener.listen(backlog)
    except CannotListen:
        close_all(listeners)
        raise


def close_all(listeners: List[Listener]) -> None:
    """Close all of them."""
    for listener in listeners:
        listener.close()


def receive(path: str) -> List[Listener]:
    """The sockets that systemd has opened, from pass_systemd_sockets.py at this path. They listen already."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        _, descriptors, _, _ = socket.recv_fds(connection, 1, 64)
    sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    return [Listener([each], _where(each.family, each.getsockname()), "", 0) for each in sockets]


def _tcp(address: Dict[str, Any], fronts: int) -> Listener:
    count = fronts if sys.platform.startswith("linux") else 1  # only Linux divides the connections
    port: int = address["port"]
    sockets: List[socket.socket] = []
    try:
        if count > 1:
            # With SO_REUSEPORT, binding succeeds even if another server of this user listens there.
            first = _bind_tcp(address, port, False)
            port = first.getsockname()[1]  # the same for all of them if the system chooses it
            first.close()
        for _ in range(count):
            sockets.append(_bind_tcp(address, port, count > 1))
    except OSError as error:
        for each in sockets:
            each.close()
        raise CannotListen("%s:%d" % (address["host"], address["port"]), no_port(error)) from None
    return Listener(sockets, _url(address["host"], sockets[0].getsockname()[1]), "", 0)


def _bind_tcp(address: Dict[str, Any], port: int, divided: bool) -> socket.socket:
    family = socket.AF_INET6 if address["family"] == 6 else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if divided:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind((address["ip"], port))
    except OSError:
        bound.close()
        raise
    return bound


def _unix(address: Dict[str, Any], owner: Optional[User]) -> Listener:
    path: str = address["path"]
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    abstract = path.startswith("@")  # a name in the kernel, and no file
    try:
        if abstract:
            bound.bind("\0" + path[1:])
        else:
            bind_file(bound, address, owner)
    except OSError as error:
        bound.close()
        raise CannotListen(path, no_socket(path, error)) from None
    except CannotListen:
        bound.close()
        raise
    if abstract:
        return Listener([bound], "unix:" + path, "", 0)
    return Listener([bound], "unix:" + path, os.path.abspath(path), inode_of(path) or 0)


def _where(family: int, name: Any) -> str:
    if family == socket.AF_UNIX:
        path = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
        return "unix:%s" % ("@" + path[1:] if path.startswith("\0") else path)
    address: Tuple[str, int] = name[:2]
    return _url(*address)


def _url(host: str, port: int) -> str:
    return "http://%s:%d" % ("[%s]" % host if ":" in host else host, port)
