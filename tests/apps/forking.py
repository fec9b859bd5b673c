"""Forks in a view. The child does what the query says; what comes of it is asked for with /ended?PID."""

import multiprocessing
import os
import sys
import time


def application(environ, start_response):
    how = environ["QUERY_STRING"]
    if environ["PATH_INFO"] == "/fork":
        return fork(how, start_response)
    text = VIEWS[environ["PATH_INFO"][1:]](how)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(text).encode()]


def fork(how, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    if how == "close":
        return Closing([b"answered"])
    if how == "stream":
        return stream()
    child = os.fork()
    if child:
        return [b"%d" % child]
    if how == "exit":
        sys.exit(7)
    if how == "raise":
        raise ValueError("raised by the child")
    if how == "write":
        write(b"written by the child")
    if how == "double":
        if os.fork():
            os._exit(0)
        note(os.getpid())
    if how == "swallow":
        try:
            write(b"written by the child")
        except BaseException:
            pass
    return [b"returned by the child"]


def stream():
    yield b"%d " % os.getpid()
    child = os.fork()
    yield b"%d" % (child or os.getpid())


class Closing(list):
    def close(self):
        child = os.fork()
        if child:
            note(child)


def note(pid):
    with open("noted", "w") as file:
        file.write(str(pid))


def noted(_):
    return open("noted").read() if os.path.exists("noted") else ""


def ended(pid):
    """How a child has ended; empty if it has not."""
    ended, status = os.waitpid(int(pid), os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else ""


def pid(_):
    return os.getpid()


def process(_):
    child = multiprocessing.get_context("fork").Process(target=sys.exit, args=(5,))
    child.start()
    child.join()
    return child.exitcode


def slow(_):
    """A request that is served by a child as well as by its worker."""
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "60"])
    time.sleep(1)
    return "slept"


VIEWS = {view.__name__: view for view in (noted, ended, pid, process, slow)}
