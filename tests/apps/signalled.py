"""What signals do to a worker, to the programs that it starts and to the processes that it forks."""

import multiprocessing
import signal
import subprocess
import time

seen = []
signal.signal(signal.SIGUSR2, lambda number, frame: seen.append(number))


def application(environ, start_response):
    text = VIEWS[environ["PATH_INFO"][1:]](environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]


def sleep(seconds):
    time.sleep(float(seconds))
    return "slept"


def program(name):
    """How a program ends that gets this signal."""
    started = subprocess.Popen(["sleep", "60"])
    started.send_signal(getattr(signal, name))
    return str(started.wait(10))


def forked(name):
    """How a process ends that was forked, as a pool of processes does."""
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    getattr(child, name)()
    child.join(10)
    return str(child.exitcode)


def own(_):
    """Those that came to the application's own handler."""
    return ",".join(map(str, seen))


VIEWS = {"sleep": sleep, "program": program, "forked": forked, "own": own}
