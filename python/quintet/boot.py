"""The start of a worker: tie it to the front, connect, import the application, serve."""

from __future__ import annotations

import faulthandler
import json
import os
import socket
import sys
import time
from typing import Any, Callable, Dict, NamedTuple, NoReturn, Optional, cast

from . import django_facts, frames, hop_by_hop, told
from .channel import Channel, connect
from .debug import unlike_wsgi
from .ending import end, leave
from .environ import base_environ
from .greenlets import in_place_of_threads
from .hooks import Hooks, Worker
from .lifeline import tie_to_parent
from .load_error import LoadError, short_traceback
from .loader import load
from .offspring import end_if_child
from .output import take_output
from .page import IN_HOOK, LEAVING, RUNNING, Page
from .protocol import ProtocolError
from .raw_environment import real_path, restore_paths, restore_variables
from .signals import call_handler, keep_handler, leave_to_front
from .streams import complain
from .worker import Application, current, serve, serve_threads

StartUp = Dict[str, Any]


class Loaded(NamedTuple):
    """An application, and what the front wants to know of it."""

    application: Application
    hooks: Hooks
    facts: Dict[str, Any]


def main() -> NoReturn:
    """Serve until the front closes the connection."""
    options = cast(StartUp, json.loads(os.environ.pop("QUINTET_WORKER")))
    restore_variables(options.pop("raw", ()))
    restore_paths()
    options["project"] = real_path(options["project"])
    tie_to_parent(options["parent"])
    leave_to_front()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    take_output(options, say_hello)
    if options.get("zygote"):
        from .zygote import run

        try:
            loaded, options = run(options)
        except ProtocolError as error:
            complain("quintet: %s: %s" % (error.code, error))
            end(1)
        channel = open_channel(options)
    else:
        channel = open_channel(options)
        loaded = load_application(options, channel.failed)
    work(loaded, channel, options)


def say_hello(options: StartUp, carries: str) -> socket.socket:
    """Connect to the front, and show who this is and what the connection is for."""
    connection = connect(options["socket"])
    hello = {"id": options["id"], "token": options["token"], "pid": os.getpid(), "carries": carries}
    connection.sendall(frames.json_frame(frames.HELLO, 0, hello))
    return connection


def show_stacks(options: StartUp) -> None:
    """Write the stacks of all threads to a file whenever the front's signal comes, also deep in a call of C."""
    # The front empties it. A descriptor and no file object: Python would warn that nobody closes it.
    stacks = os.open(options["stacks"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    faulthandler.register(options["stackSignal"], file=stacks, all_threads=True, chain=False)


def open_channel(options: StartUp) -> Channel:
    """The connection over which requests come and answers go."""
    show_stacks(options)
    page = Page(options["page"])  # first: the front removes its name when it knows who connects
    requests, answers = say_hello(options, "requests"), say_hello(options, "answers")
    return Channel(requests, answers, page, locked=options["threads"] > 1)


def load_application(options: StartUp, failed: Callable[[Dict[str, Any]], None]) -> Loaded:
    """Import the application. If that fails, say why and end."""
    sys.path.insert(0, options["project"])
    sys.argv = [options["target"]]
    began = time.perf_counter()
    failure: Optional[Dict[str, Any]] = None
    try:
        application = load(options["target"])
        django_facts.urls()
        hooks = Hooks(options["hooks"])
    except LoadError as error:
        end_if_child(error.__context__)
        failure = error.facts
    except BaseException as error:
        end_if_child(error)
        failure = LoadError("QUINTET_MODULE_FAILED", repr(error), short_traceback(error)).facts
    end_if_child()
    keep_handler()
    if failure is not None:
        failed(failure)
        end(3)
    facts = {
        "runtime": "Python",
        "python": sys.executable,
        "version": "%d.%d.%d" % sys.version_info[:3],
        "scriptName": os.environ.get("SCRIPT_NAME", ""),
        "importMs": round((time.perf_counter() - began) * 1000),
    }
    warning = unlike_wsgi()
    warnings = {"warnings": [warning]} if warning else {}
    return Loaded(application, hooks, {**facts, **django_facts.facts(application), **warnings})


def work(loaded: Loaded, channel: Channel, options: StartUp) -> NoReturn:
    """Serve until the front closes the connection."""

    def log_error(error: BaseException) -> None:
        text = told.untold(error, current.request_id)
        if text is not None:
            channel.log("error", text, current.request_id)

    django_facts.log_errors(log_error)
    hop_by_hop.be_strict(options["strictHeaders"])
    threads: int = options["threads"]
    greenlets = in_place_of_threads() if threads > 1 else None
    if greenlets is not None:
        threads = 1
        loaded.facts["greenlets"] = greenlets
    worker = Worker(os.getpid(), options["id"], threads, loaded.hooks.forked)
    try:
        loaded.hooks.post_fork(worker)
    except LoadError as error:
        end_if_child(error.__context__)
        channel.failed(error.facts)
        end(3)
    end_if_child()
    base = base_environ(threads, options["multiprocess"])
    channel.send_json(frames.READY, 0, loaded.facts)
    try:
        if threads > 1:
            serve_threads(loaded.application, channel, base, threads)
        else:
            serve(loaded.application, channel, base)
    except ConnectionError:
        pass  # the front went away in mid-sentence
    except ProtocolError as error:
        complain("quintet: %s: %s" % (error.code, error))
    channel.page.words[RUNNING] = 0  # also where that was in the middle of a request
    channel.page.words[LEAVING] = IN_HOOK
    call_handler()
    end_if_child()
    loaded.hooks.worker_exit(worker, lambda text: channel.log("error", text))
    end_if_child()
    leave(channel.page, lambda text: channel.log("info", text), loaded.hooks.forked)
