"""The start of a worker: tie it to the front, connect, import the application, serve."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import time
from typing import Any, Dict, NoReturn, cast

from . import django_facts, frames
from .channel import Channel, Page, connect
from .environ import base_environ
from .lifeline import tie_to_parent
from .loader import LoadError, load, short_traceback
from .worker import current, serve, serve_threads


def main() -> NoReturn:
    """Serve until the front closes the connection."""
    options = cast(Dict[str, Any], json.loads(os.environ.pop("QUINTET_WORKER")))
    tie_to_parent(options["parent"])
    # Ctrl-C reaches every process of the terminal; the front decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stacks = open(options["stacks"], "ab", buffering=0)  # the front empties it
    faulthandler.register(options["stackSignal"], file=stacks, all_threads=True, chain=False)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    threads: int = options["threads"]
    requests, answers = connect(options["socket"]), connect(options["socket"])
    channel = Channel(requests, answers, Page(options["page"]), locked=threads > 1)
    version = "%d.%d.%d" % sys.version_info[:3]
    for connection, carries in ((requests, "requests"), (answers, "answers")):
        hello = {"id": options["id"], "token": options["token"], "pid": os.getpid(), "carries": carries}
        connection.sendall(frames.json_frame(frames.HELLO, 0, hello))
    sys.path.insert(0, options["project"])
    sys.argv = [options["target"]]
    began = time.perf_counter()
    try:
        application = load(options["target"])
    except LoadError as error:
        _give_up(channel, error.code, str(error), error.trace)
    except BaseException as error:
        _give_up(channel, "QUINTET_MODULE_FAILED", repr(error), short_traceback(error))
    django_facts.log_errors(lambda text: channel.log("error", text, current.request_id))
    ready: Dict[str, Any] = {
        "runtime": "Python",
        "python": sys.executable,
        "version": version,
        "importMs": round((time.perf_counter() - began) * 1000),
    }
    ready.update(django_facts.facts())
    base = base_environ(threads, options["workers"])
    channel.send_json(frames.READY, 0, ready)
    try:
        if threads > 1:
            serve_threads(application, channel, base, threads)
        else:
            serve(application, channel, base)
    except ConnectionError:
        pass  # the front went away in mid-sentence
    _end(0)


def _give_up(channel: Channel, code: str, message: str, trace: str) -> NoReturn:
    failed = {"code": code, "message": message, "trace": trace, "python": sys.executable}
    channel.send_json(frames.FAILED, 0, failed)
    _end(3)


def _end(status: int) -> NoReturn:
    """Leave as Python does (atexit, coverage, pools), but not to wait for the application's other threads."""
    import atexit

    try:
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)
