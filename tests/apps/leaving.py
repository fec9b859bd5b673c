"""Starts what has not ended when its worker leaves. What comes of it is appended to the file `notes`, a line each."""

import atexit
import gzip
import multiprocessing
import os
import threading
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import util

kept = []
# A log, which all workers may append to.
journal = open("journal", "a")
journal.write("imported\n")


def note(text):
    descriptor = os.open("notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, text.encode() + b"\n")
    os.close(descriptor)


def application(environ, start_response):
    text = VIEWS[environ["PATH_INFO"][1:]](environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(text).encode()]


def pid(_):
    return os.getpid()


def later(text):
    time.sleep(0.3)
    note(text)


def thread(until):
    """One that runs for a moment, or until a file is there."""

    def run():
        time.sleep(0.3)
        while until and not os.path.exists(until):
            time.sleep(0.01)
        note("thread")

    threading.Thread(target=run, name="report-writer").start()
    return os.getpid()


def daemon(_):
    """Nobody waits for such a thread."""
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()


def jobs(_):
    pool = ThreadPoolExecutor(2, thread_name_prefix="jobs")
    kept.append([pool.submit(later, "job") for _ in range(5)])


def files(_):
    """Files that nobody closes, with lines that fill no buffer."""
    plain, binary = open("plain", "w"), open("binary", "wb")
    packed = gzip.open("packed.gz", "wt")
    for number in range(20):
        plain.write("%d\n" % number)
        binary.write(b"%d\n" % number)
        packed.write("%d\n" % number)
    archive = zipfile.ZipFile("archive.zip", "w")
    archive.writestr("lines", "20")
    kept.extend([plain, binary, packed, archive])


def journals(_):
    journal.write("view\n")


def exits(_):
    atexit.register(note, "atexit")
    util.Finalize(None, note, ("finalizer",), exitpriority=1)


class Finalized:
    def __del__(self):
        note("finalized")


def finalized(_):
    kept.append(Finalized())


class Owner:
    """As a connection of Django 6.0 has helpers that let go of it."""

    def __init__(self):
        self.helper = Helper(self)


class Helper:
    def __init__(self, owner):
        self.owner = owner

    def __del__(self):
        note("helped")
        del self.owner


def cycles(_):
    Owner()


def processes(method):
    """Start those of an executor, a pool and a manager. Says their pids."""
    context = multiprocessing.get_context(method)
    executor = ProcessPoolExecutor(2, mp_context=context)
    pool = context.Pool(2)
    manager = context.Manager()
    kept.extend([executor, pool, manager, manager.list()])
    pids = list(executor.map(pid_of, range(8))) + pool.map(pid_of, range(8)) + [manager._process.pid]
    return " ".join(str(each) for each in sorted(set(pids)))


def pid_of(_):
    time.sleep(0.01)
    return os.getpid()


VIEWS = {
    view.__name__: view for view in (pid, thread, daemon, jobs, files, journals, exits, finalized, cycles, processes)
}
