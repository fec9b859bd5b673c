"""The zygote: a process that imports the application once, and forks a worker whenever the front wants one.

It has no thread of its own, for a fork copies only the thread that forks. It waits for its workers and reports how they
ended. They do not end with it: they are tied to the front by sockets of their own.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import threading
import time
from typing import Any, Dict, List, Optional, Tuple

from ...shared.shape import ProtocolError, parse_json, show
from ...shared.standard_streams import flush_streams
from ...wire import frames
from ...wire.hello import say_hello
from ..application_forks import own_descriptors
from ..exit import end
from ..lifeline import LIFELINE, tie_to_end
from ..load import Loaded, StartUp, load_application
from ..output import take_output
from ..signals import fork_worker, write_stacks_on_signal
from . import open_files
from .buffered_files import settle_files
from .exit_functions import Endings
from .shared_resources import left_open, look

# Seconds that threads are given to end which the application joined when it was imported.
_THREAD_TIME = 0.1
# Python's own, also where gevent replaces them when it is imported: this process runs no greenlets.
_poll, _sleep, _waitpid = select.poll, time.sleep, os.waitpid
# Milliseconds between two looks at the workers where the system does not tell of their end.
_LOOK = 50


def run_zygote(start_up: StartUp) -> Tuple[Loaded, StartUp]:
    """Import the application, fork until the front closes the connection. Returns in each worker, and what it is."""
    _name_process("quintet-zygote")
    write_stacks_on_signal(start_up["stacks"], start_up["stackSignal"])
    front = say_hello(start_up, "orders")
    before, endings = look(), Endings()
    endings.begin()
    loaded = load_application(start_up, lambda failed: front.sendall(frames.json_frame(frames.FAILED, 0, failed)))
    if "django" in sys.modules:
        from ..django.lifecycle import close_connections, load_templates

        load_templates()
        close_connections()
    endings.end()
    gc.collect()  # first: what nobody refers to is not open any more
    orders, children = _Orders(front), _Children(front)
    threads, left = other_threads(), left_open(before, ours=own_descriptors())
    if left.files:
        endings.note_files()
    found = {"threads": threads, "open": left.shared, "once": endings.names}
    front.sendall(frames.json_frame(frames.READY, 0, found))
    if (threads or left.shared) and not start_up["always"]:
        # Nothing can be forked. So that the import was not for nothing, this process becomes a worker itself.
        order = orders.next()
    else:
        settle_files()
        # What is there now is left alone by the collector, and so stays shared with the workers.
        gc.freeze()
        order = _fork(orders, children)
        children.close()
        endings.forget()
        open_files.separate(left.files)
        _leave(order)
    front.close()
    _name_process(_ORIGINAL_NAME)
    return loaded, order


def _fork(orders: _Orders, children: _Children) -> StartUp:
    """Fork as the front wants it. Returns in each fork."""
    while True:
        children.wait(orders)
        order = orders.next()
        flush_streams()
        try:
            pid = fork_worker()
        except OSError as error:  # no more processes, no more memory
            children.none(order, error)
            continue
        if pid == 0:
            return order
        children.add(order, pid)


def _leave(order: StartUp) -> None:
    """In the fork: have nothing more to do with the process it comes from."""
    os.setsid()  # as the front starts a process: Ctrl-C on the terminal is not for it
    try:
        tie_to_end(say_hello(order, "lifeline").detach())
        take_output(order)
    except ConnectionError:
        os._exit(0)  # the front is gone
    gevent = sys.modules.get("gevent")
    if gevent is not None:  # its own os.fork() does this
        gevent.reinit()
    random = sys.modules.get("numpy.random")
    if random is not None:  # Python's own random sees to that itself
        random.seed()


class _Orders:
    """What the front asks for."""

    def __init__(self, front: socket.socket) -> None:
        self._front = front
        self._rest = b""

    def next(self) -> StartUp:
        """The next order, waiting if there is none. Ends the process when the front closes the connection."""
        while True:
            if len(self._rest) >= frames.HEADER_SIZE:
                length, _, kind, _, _ = frames.HEADER.unpack_from(self._rest)
                if kind != frames.FORK or length > frames.JSON_MOST:
                    raise ProtocolError("a frame of type %d that is %d bytes long" % (kind, length))
                stop = frames.HEADER_SIZE + length
                if len(self._rest) >= stop:
                    order: StartUp = parse_json(self._rest[frames.HEADER_SIZE : stop], "FORK")
                    if type(order.get("id")) is not int:
                        raise ProtocolError("FORK: id is %s" % show(order.get("id")))
                    self._rest = self._rest[stop:]
                    return order
            data = self._front.recv(65536)
            if not data:
                end(0)
            self._rest += data

    @property
    def waiting(self) -> bool:
        return bool(self._rest)


class _Children:
    """The workers that were forked here; says how each ends."""

    def __init__(self, front: socket.socket) -> None:
        self._front = front
        self._pids: Dict[int, Optional[int]] = {}  # with the descriptor that tells of its end, if there is such a thing

    def add(self, order: StartUp, pid: int) -> None:
        self._pids[pid] = _pidfd(pid)
        self._tell(frames.FORKED, {"id": order["id"], "pid": pid})

    def none(self, order: StartUp, error: OSError) -> None:
        """There is no such worker."""
        self._tell(frames.FORKED, {"id": order["id"], "pid": 0, "error": str(error)})

    def wait(self, orders: _Orders) -> None:
        """Report what ends until there is an order."""
        while not orders.waiting:
            told = _poll()
            told.register(self._front, select.POLLIN)
            blind = False
            for descriptor in self._pids.values():
                if descriptor is None:
                    blind = True
                else:
                    told.register(descriptor, select.POLLIN)
            happened = [descriptor for descriptor, _ in told.poll(_LOOK if blind else None)]
            self._reap()
            if self._front.fileno() in happened:
                return

    def _reap(self) -> None:
        # Only our own: the application may have started processes when it was imported.
        for pid, descriptor in list(self._pids.items()):
            how: Dict[str, Any] = {"code": None, "signal": None}
            try:
                ended, status = _waitpid(pid, os.WNOHANG)
                if ended == 0:
                    continue
                how = _how(status)
            except ChildProcessError:
                pass  # the application has waited for it, and knows
            del self._pids[pid]
            if descriptor is not None:
                os.close(descriptor)
            self._tell(frames.EXITED, {"pid": pid, **how})

    def _tell(self, kind: int, value: Dict[str, Any]) -> None:
        try:
            self._front.sendall(frames.json_frame(kind, 0, value))
        except ConnectionError:
            end(0)  # the front went away in mid-sentence

    def close(self) -> None:
        for descriptor in self._pids.values():
            if descriptor is not None:
                os.close(descriptor)


def other_threads() -> List[str]:
    """The names of the threads that run beside this one, also of those that Python knows nothing of."""
    until = time.monotonic() + _THREAD_TIME
    while True:
        running = threading.enumerate()
        ours = [thread for thread in running if thread is threading.main_thread() or thread.name == LIFELINE]
        python = [thread.name for thread in running if thread not in ours]
        try:
            # Less this one, which eventlet may have hidden among its own.
            lifelines = [thread for thread in running if thread.name == LIFELINE]
            count = len(os.listdir("/proc/self/task")) - 1 - len(lifelines)
        except OSError:
            count = len(python)
        if count == 0:
            return []
        if time.monotonic() > until:
            return python + ["a library's"] * (count - len(python))
        _sleep(_THREAD_TIME / 10)


def _pidfd(pid: int) -> Optional[int]:
    try:
        return os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    except OSError:
        return None


def _how(status: int) -> Dict[str, Any]:
    if not os.WIFSIGNALED(status):
        return {"code": os.WEXITSTATUS(status), "signal": None}
    number = os.WTERMSIG(status)
    try:
        return {"code": None, "signal": signal.Signals(number).name}
    except ValueError:
        return {"code": None, "signal": "signal %d" % number}


def _process_name() -> str:
    try:
        with open("/proc/self/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


def _name_process(name: str) -> None:
    """Set what `ps` shows."""
    try:
        with open("/proc/self/comm", "w") as file:
            file.write(name)
    except OSError:
        pass


_ORIGINAL_NAME = _process_name()
