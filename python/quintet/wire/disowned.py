"""Replaces the sockets in a process that the application has forked."""

from __future__ import annotations

from typing import NoReturn


class ForkedChild(BaseException):
    """Raised where a process that the application has forked would read requests or send answers."""

    def __init__(self) -> None:
        super().__init__("this process was forked from a worker, and cannot answer its requests")


class DisownedSocket:
    """Raises ForkedChild instead of using a socket that belongs to another process."""

    def fileno(self) -> NoReturn:
        raise ForkedChild

    def recv(self, _size: int) -> NoReturn:
        raise ForkedChild

    def sendall(self, _data: bytes) -> NoReturn:
        raise ForkedChild
