"""Describes sockets that processes cannot share: those that receive."""

from __future__ import annotations

import _socket
import os
import socket
from typing import Any, Optional

# TCP_SYN_SENT and TCP_SYN_RECV of linux/tcp_states.h.
_CONNECTING = (2, 3)
_FIRST_LOCAL_PORT = 32768


def describe(number: int) -> Optional[str]:
    """A description of a socket that processes cannot share; None if they can share it."""
    # Do not use socket.socket, which gevent replaces. Clear the default timeout, which would make the shared socket
    # non-blocking.
    timeout = _socket.getdefaulttimeout()
    _socket.setdefaulttimeout(None)
    try:
        ours = _socket.socket(fileno=os.dup(number))
    finally:
        _socket.setdefaulttimeout(timeout)
    try:
        return _describe(ours)
    finally:
        ours.close()


def _describe(it: Any) -> Optional[str]:
    name, peer = _address(it.getsockname), _address(it.getpeername)
    if _option(it, socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return "a socket that listens on %s" % _shown(name)
    if it.family == socket.AF_UNIX:
        return _unix(it, name, peer)
    if it.family in (socket.AF_INET, socket.AF_INET6):
        return _internet(it, name, peer)
    if it.family == getattr(socket, "AF_NETLINK", None) and name == (0, 0):
        return None  # not in use yet
    return "a socket of the kind %s" % _kind(it.family)


def _unix(it: Any, name: Any, peer: Any) -> Optional[str]:
    if peer is None:
        # A datagram socket without a name only sends.
        return "a socket that receives on %s" % _shown(name) if name and it.type == socket.SOCK_DGRAM else None
    if not name and not peer:
        return "a pair of sockets"
    # It only sends, because nobody can answer a socket without a name. Loggers write to /dev/log like this.
    if not name and it.type == socket.SOCK_DGRAM:
        return None
    return "a connection to %s" % _shown(peer or name)


def _internet(it: Any, name: Any, peer: Any) -> Optional[str]:
    if peer is not None:
        return "a connection to %s%s" % (_shown(peer), " (UDP)" if it.type == socket.SOCK_DGRAM else "")
    if it.type == socket.SOCK_STREAM:
        state = _option(it, socket.IPPROTO_TCP, getattr(socket, "TCP_INFO", 11))
        return "a connection that is being made" if state in _CONNECTING else None
    # If the kernel has chosen the port for the first datagram, the socket is for logs or metrics, which nobody answers.
    if not name or not name[1] or _is_local(name[1]):
        return None
    return "a socket that receives on %s" % _shown(name)


def _is_local(port: int) -> bool:
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
            first, last = map(int, file.read().split())
    except (OSError, ValueError):
        return port >= _FIRST_LOCAL_PORT
    return first <= port <= last


def _address(ask: Any) -> Any:
    """The address; None if there is none."""
    try:
        return ask()
    except OSError:
        return None


def _option(it: Any, level: int, option: int) -> int:
    """The first byte of the option."""
    try:
        data: bytes = it.getsockopt(level, option, 4)
    except OSError:
        return 0
    return data[0] if data else 0


def _shown(address: Any) -> str:
    if isinstance(address, tuple) and len(address) >= 2:
        return ("[%s]:%s" if ":" in str(address[0]) else "%s:%s") % address[:2]
    if isinstance(address, bytes):  # an abstract name
        return "@" + os.fsdecode(address[1:])
    return str(address)


def _kind(family: int) -> str:
    try:
        return socket.AddressFamily(family).name
    except ValueError:
        return str(family)
