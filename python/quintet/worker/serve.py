"""A worker's loop: take a request, run the application, answer. One thread or several."""

from __future__ import annotations

import _thread
import threading
from queue import SimpleQueue
from typing import Any, Callable, Dict, List, Optional

from ..shared.shape import ProtocolError
from ..timeout import RequestTimeout
from ..wire.channel import Channel
from ..wire.frames import HANDBACK, frame
from ..wire.page import RUNNING
from ..wire.request import Request
from ..wsgi.environ import make_environ
from ..wsgi.response import Response
from .application_forks import end_forked
from .interrupt import RunningThreads, interrupt_by_signal
from .run_application import run_application

Application = Callable[..., Any]

# Python's own, even if gevent replaces it.
_native_id: Any = getattr(_thread, "get_native_id", None)


class Current(threading.local):
    """The request that runs in a thread. Log records get its id."""

    # 0 outside of requests.
    request_id = 0


current = Current()


def serve(application: Application, channel: Channel, base: Dict[str, Any]) -> None:
    """Run one request at a time, in the main thread: there signals arrive, and applications expect to run there."""
    pending = channel.pending
    begin = channel.page.begin
    words = channel.page.words
    interrupt_by_signal(channel.page, lambda: current.request_id, run_application)
    while pending or channel.pump():
        if not pending:
            continue
        request = pending.popleft()
        if begin(request.id):
            words[RUNNING] = 1
            handle(application, channel, base, request)
            words[RUNNING] = 0
        else:
            channel.send(frame(HANDBACK, request.id))


def handle(application: Application, channel: Channel, base: Dict[str, Any], request: Request) -> None:
    """Run one request."""
    current.request_id = request.id
    try:
        environ = make_environ(channel, request, base)
        method = environ["REQUEST_METHOD"]
    except (OSError, ValueError, KeyError, ProtocolError):  # such as no descriptor for the file with the body
        Response(channel, request.id, "GET").fail()
        current.request_id = 0
        return
    body = environ["wsgi.input"]
    try:
        run_application(application, environ, Response(channel, request.id, method))
    finally:
        body.close()
        current.request_id = 0
    if channel.disowned:  # this is a child that the application forked after its whole answer was sent
        end_forked()


def serve_threads(application: Application, channel: Channel, base: Dict[str, Any], threads: int) -> None:
    """Run several requests at a time: the main thread reads, the others run the application."""
    queue: SimpleQueue[Optional[Request]] = SimpleQueue()
    turn = threading.Lock()
    running = RunningThreads(channel, run_application)

    def work() -> None:
        # A thread inherits whether it is a daemon. Python joins at its end those that the application starts here, but
        # not this one, so it is a daemon that says it is none.
        threading.current_thread()._daemonic = False  # type: ignore[attr-defined]  # read-only once it has started
        while True:
            # Requests are noted in the order of their numbers: the front takes a note to mean "begun up to here".
            with turn:
                request = queue.get()
                if request is None:
                    queue.put(None)
                    return
                begun = channel.page.begin(request.id)
            if not begun:
                channel.send(frame(HANDBACK, request.id))
                continue
            running.begin(request.id)
            try:
                try:
                    handle(application, channel, base, request)
                finally:
                    running.end(request.id)
            except RequestTimeout:  # raised after the application returned and before running.end()
                running.end(request.id)

    pool = [threading.Thread(target=work, name="quintet-%d" % (n + 1), daemon=True) for n in range(threads)]
    for thread in pool:
        thread.start()
    while channel.pump():
        while channel.pending:
            queue.put(channel.pending.popleft())
    channel.close_flows()
    queue.put(None)
    for thread in pool:
        thread.join()


def library_replacing_threads() -> Optional[str]:
    """The library, such as ``gevent``, that has replaced threads by greenlets; None if none has.

    A worker with several greenlets would hang: its main thread waits for the front in a way that lets none of them run.
    """
    if _native_id is None:
        return None
    found: List[int] = []
    thread = threading.Thread(target=lambda: found.append(_native_id()), name="quintet-look")
    thread.start()
    thread.join()
    if found != [_native_id()]:
        return None
    return str(getattr(_thread.start_new_thread, "__module__", None) or "a library").partition(".")[0]
