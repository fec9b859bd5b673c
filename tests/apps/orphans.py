"""Leaves processes behind: /leave; and says how many have ended and were not reaped: /zombies."""

import os
import re


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [VIEWS[environ["PATH_INFO"]]().encode()]


def leave():
    """A child that ends before its own child does: nobody waits for that one."""
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "0.1"])
        os._exit(0)
    os.waitpid(child, 0)
    return "left"


def zombies():
    return str(sum(1 for pid in os.listdir("/proc") if pid.isdigit() and status(pid, "State").startswith("Z")))


def parents():
    zygote = os.getppid()
    front = status(zygote, "PPid")
    return "the zygote's is the front, the front's is %s" % status(front, "PPid")


def status(pid, field):
    try:
        with open("/proc/%s/status" % pid) as file:
            return re.search(r"^%s:\s+(.*)$" % field, file.read(), re.M).group(1)
    except OSError:
        return ""


VIEWS = {"/leave": leave, "/zombies": zombies, "/parents": parents}
