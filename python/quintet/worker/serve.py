"""A worker's loop: take a request, run the application, answer; with one thread or with several."""

from __future__ import annotations

import _thread
import threading
from queue import SimpleQueue
from typing import Any, Callable, Dict, List, Optional

from ..shared.shape import ProtocolError
from ..timeout import RequestTimeout
from ..wire.channel import Channel, Request
from ..wire.frames import HANDBACK, frame
from ..wire.page import RUNNING
from ..wsgi.environ import make_environ
from ..wsgi.response import Response
from .application_forks import end_forked
from .interrupt import Threads, interrupt_by_signal
from .run import run

# Python's own.
_native_id: Any = getattr(_thread, "get_native_id", None)

Application = Callable[..., Any]


class Current(threading.local):
    """The request a thread is in; a log record is given its id."""

    request_id = 0


current = Current()


def serve(application: Application, channel: Channel, base: Dict[str, Any]) -> None:
    """One request at a time, in the main thread, where signals and the application's own expectations are."""
    pending = channel.pending
    begin = channel.page.begin
    words = channel.page.words
    interrupt_by_signal(channel.page, lambda: current.request_id, run)
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
    except (
        OSError,
        ValueError,
        KeyError,
        ProtocolError,
    ):  # the file with its body cannot be opened: no descriptor is left, say
        Response(channel, request.id, "GET").fail()
        current.request_id = 0
        return
    body = environ["wsgi.input"]
    try:
        run(application, environ, Response(channel, request.id, method))
    finally:
        body.close()
        current.request_id = 0
    if channel.disowned:  # a child that was forked when the whole answer was out
        end_forked()


def serve_threads(application: Application, channel: Channel, base: Dict[str, Any], threads: int) -> None:
    """Several at a time: the main thread reads, the others run the application."""
    queue: SimpleQueue[Optional[Request]] = SimpleQueue()
    turn = threading.Lock()
    running = Threads(channel, run)

    def work() -> None:
        # Python does not wait for this thread at its end, but it does for those that the application starts here: they
        # would be daemons too, as the thread that starts them is.
        threading.current_thread()._daemonic = False  # type: ignore[attr-defined]  # no other way once it has started
        while True:
            with turn:  # noted in the order of their numbers, which is what "begun up to here" means
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
            except RequestTimeout:
                running.end(request.id)  # it came between the application's end and this one's

    pool = [threading.Thread(target=work, name="quintet-%d" % (n + 1), daemon=True) for n in range(threads)]
    for thread in pool:
        thread.start()
    while channel.pump():
        while channel.pending:
            queue.put(channel.pending.popleft())
    channel.close_streams()
    queue.put(None)
    for thread in pool:
        thread.join()


def library_replacing_threads() -> Optional[str]:
    """What has replaced them, such as ``gevent``; None if nothing has.

    A worker of several such threads would hang: its main thread waits for the front in a way that lets no other run.
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
