"""The start of a worker: tie it to the front, connect, import the application, serve."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from ..shared.raw_environment import real_path, restore_paths, restore_variables
from ..shared.shape import ProtocolError
from ..shared.standard_streams import complain
from ..shared.traceback_once import traceback_once
from ..wire import frames
from ..wire.channel import Channel
from ..wire.hello import say_hello
from ..wire.page import IN_HOOK, LEAVING, RUNNING, Page
from ..wsgi import hop_by_hop
from ..wsgi.environ import base_environ
from ..wsgi.load_error import LoadError
from .application_forks import end_if_child, on_fork
from .exit import end, leave
from .hooks import Worker
from .lifeline import tie_to_parent
from .load import EXIT_LOAD_FAILED, Loaded, failure_message, load_application
from .output import take_output
from .serve import current, library_replacing_threads, serve, serve_threads
from .signals import call_handler, ignore_signals_for_front, write_stacks_on_signal

if TYPE_CHECKING:
    from ..wire.messages import WorkerFailure, WorkerStartUp


def main() -> NoReturn:
    """Serve until the front closes the connection."""
    variable = json.loads(os.environ.pop("QUINTET_WORKER"))
    restore_variables(variable.pop("raw", ()))
    restore_paths()
    variable["project"] = real_path(variable["project"])
    tie_to_parent(variable["parent"])
    ignore_signals_for_front()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    take_output(variable)
    if "zygote" in variable:
        from .zygote.main import run_zygote

        try:
            start_up: WorkerStartUp
            loaded, start_up = run_zygote(variable)
        except ProtocolError as error:
            complain("quintet: %s: %s" % (error.code, error))
            end(1)
        channel = _open_channel(start_up)
    else:
        start_up = variable
        channel = _open_channel(start_up)
        loaded = load_application(start_up, lambda failure: _send_failed(channel, failure))
    _work(loaded, channel, start_up)


def _open_channel(start_up: WorkerStartUp) -> Channel:
    """Connect for requests and answers."""
    write_stacks_on_signal(start_up["stacks"], start_up["stackSignal"])
    # Map the page before the hello: the front removes its name as soon as the hello arrives.
    page = Page(start_up["page"])
    requests, answers = say_hello(start_up, "requests"), say_hello(start_up, "answers")
    channel = Channel(requests, answers, page, locked=start_up["threads"] > 1)
    on_fork(channel.disown)
    return channel


def _send_failed(channel: Channel, failure: WorkerFailure) -> None:
    channel.send_json(frames.FAILED, 0, failure)


def _work(loaded: Loaded, channel: Channel, start_up: WorkerStartUp) -> NoReturn:
    """Call the hooks, and serve between them until the front closes the connection."""
    if "django" in sys.modules:
        from .django.lifecycle import log_errors

        log_errors(lambda error: _log_error(channel, error))
    hop_by_hop.set_strict(start_up["strictHeaders"])
    threads: int = start_up["threads"]
    if threads > 1:
        greenlets = library_replacing_threads()
        if greenlets is not None:
            threads = 1
            loaded.facts["greenlets"] = greenlets
    worker = Worker(os.getpid(), start_up["id"], threads, loaded.hooks.forked)
    try:
        loaded.hooks.post_fork(worker)
    except LoadError as error:
        end_if_child(error.__context__)
        _send_failed(channel, failure_message(error))
        end(EXIT_LOAD_FAILED)
    end_if_child()
    base = base_environ(threads, start_up["multiprocess"])
    channel.send_json(frames.READY, 0, loaded.facts)
    try:
        if threads > 1:
            serve_threads(loaded.application, channel, base, threads)
        else:
            serve(loaded.application, channel, base)
    except ConnectionError:
        pass  # the front ended while this worker was writing
    except ProtocolError as error:
        complain("quintet: %s: %s" % (error.code, error))
    words = channel.page.words
    words[RUNNING] = 0  # an error above may have interrupted a request
    words[LEAVING] = IN_HOOK
    call_handler()
    end_if_child()
    loaded.hooks.worker_exit(worker, lambda text: channel.log("error", text))
    end_if_child()
    leave(channel.page, lambda text: channel.log("info", text), loaded.hooks.forked)


def _log_error(channel: Channel, error: BaseException) -> None:
    text = traceback_once(error, current.request_id)
    if text is not None:
        channel.log("error", text, current.request_id)
