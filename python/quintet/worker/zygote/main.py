"""The zygote: a process that imports the application once, and forks a worker whenever the front asks for one.

It runs no threads, because a fork copies only the thread that forks. It waits for its workers and reports how they end.
They do not end with it, because their own sockets tie them to the front.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Tuple

from ...shared.process_name import name_process, process_name
from ...shared.standard_streams import flush_streams
from ...wire import frames
from ...wire.hello import say_hello
from ..application_forks import own_descriptors
from ..lifeline import tie_to_end
from ..load import Loaded, load_application
from ..output import take_output
from ..signals import fork_worker, write_stacks_on_signal
from . import open_files
from .buffered_files import settle_files
from .exit_functions import ExitFunctions
from .forked_workers import ForkedWorkers
from .orders import Orders
from .shared_resources import resources_before, resources_left
from .threads import other_threads

if TYPE_CHECKING:
    from ...wire.messages import Imported, WorkerStartUp, ZygoteStartUp


def run_zygote(start_up: ZygoteStartUp) -> Tuple[Loaded, WorkerStartUp]:
    """Import the application and fork workers until the front closes the connection.

    Returns in each worker, with its start-up message. If forking is impossible, this process becomes a worker itself,
    so that its import is not wasted.
    """
    original_name = process_name()
    name_process("quintet-zygote")
    write_stacks_on_signal(start_up["stacks"], start_up["stackSignal"])
    front = say_hello(start_up, "orders")
    before, exit_functions = resources_before(), ExitFunctions()
    exit_functions.begin()
    loaded = load_application(start_up, lambda failure: front.sendall(frames.json_frame(frames.FAILED, 0, failure)))
    if "django" in sys.modules:
        from ..django.lifecycle import close_connections, load_templates

        load_templates()
        close_connections()
    exit_functions.end()
    gc.collect()  # closes unreferenced files before we look at what is open
    orders, workers = Orders(front), ForkedWorkers(front)
    threads, left = other_threads(), resources_left(before, ours=own_descriptors())
    if left.files:
        exit_functions.note_temporary_files()
    imported: Imported = {"threads": threads, "open": left.shared, "once": exit_functions.names}
    front.sendall(frames.json_frame(frames.READY, 0, imported))
    if (threads or left.shared) and not start_up["always"]:
        order = orders.next()
    else:
        settle_files()
        gc.freeze()  # the collector leaves these objects alone, so their memory stays shared with the workers
        order = _fork(orders, workers)
        workers.close()
        exit_functions.forget()
        open_files.separate(left.files)
        _leave_zygote(order)
    front.close()
    name_process(original_name)
    return loaded, order


def _fork(orders: Orders, workers: ForkedWorkers) -> WorkerStartUp:
    """Fork whenever the front asks. Returns in each fork."""
    while True:
        workers.wait(orders)
        order = orders.next()
        flush_streams()
        try:
            pid = fork_worker()
        except OSError as error:  # too many processes, or no memory
            workers.not_forked(order["id"], error)
            continue
        if pid == 0:
            return order
        workers.add(order["id"], pid)


def _leave_zygote(order: WorkerStartUp) -> None:
    """In the fork: detach this process from the zygote, and tie it to the front."""
    os.setsid()  # so that Ctrl-C on the terminal does not reach it, as with processes that the front starts
    try:
        tie_to_end(say_hello(order, "lifeline").detach())
        take_output(order)
    except ConnectionError:
        os._exit(0)  # the front is gone
    gevent = sys.modules.get("gevent")
    if gevent is not None:  # gevent's own os.fork() does this
        gevent.reinit()
    random = sys.modules.get("numpy.random")
    if random is not None:  # Python's own random does this itself
        random.seed()
