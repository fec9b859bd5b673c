"""The first frame of each connection to the front. The twin of src/wire/hello.ts."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Union

from . import frames

if TYPE_CHECKING:
    from .messages import Carries, Hello, WorkerStartUp, ZygoteStartUp


def say_hello(start_up: Union[WorkerStartUp, ZygoteStartUp], carries: Carries) -> socket.socket:
    """Connect to the front and say which worker this is.

    ``start_up``: what the front has given this worker; its socket, id and token are used.
    ``carries``: what the connection is for.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(start_up["socket"])
    hello: Hello = {"id": start_up["id"], "token": start_up["token"], "pid": os.getpid(), "carries": carries}
    connection.sendall(frames.json_frame(frames.HELLO, 0, hello))
    return connection
