"""How the process of a front is started, and how one has ended."""

from __future__ import annotations

import os
import signal
import sys
from typing import Dict, List

from ..system.processes import end_with_parent, killed_for_memory

# The end of a process that had nothing left to do.
ENDED_WELL = "exit status 0"


def spawn(command: List[str], folder: str, descriptors: List[int], env: Dict[str, str]) -> int:
    """Start a command in a session of its own, with these descriptors open. Returns its pid; raises OSError."""
    # Before exec, both processes share the wakeup pipe, so the master would take a signal to the child for its own.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    sys.stdout.flush()
    master = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    if pid > 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return pid
    try:
        end_with_parent()
        if os.getppid() != master:
            os._exit(0)
        os.setsid()  # Ctrl-C on the terminal is for the master
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals():
            if number not in (signal.SIGKILL, signal.SIGSTOP) and signal.getsignal(number) is not None:
                signal.signal(number, signal.SIG_DFL)
        # Node keeps SIGUSR1 blocked (--disable-sigusr1). Until Node runs, the signal would end this process.
        signal.pthread_sigmask(signal.SIG_SETMASK, before | {signal.SIGUSR1})
        for descriptor in descriptors:
            os.set_inheritable(descriptor, True)
        os.chdir(folder)
        os.execve(command[0], command, env)
    except BaseException as error:
        os.write(2, ("quintet: %s cannot be started: %s\n" % (command[0], error)).encode())
    finally:
        os._exit(127)


def describe_exit(status: int) -> str:
    """How a process ended, by the status that waitpid gave."""
    if not os.WIFSIGNALED(status):
        return "exit status %d" % os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL and killed_for_memory():
        return "killed by SIGKILL, probably for lack of memory (see dmesg)"
    try:
        return "killed by %s" % signal.Signals(number).name
    except ValueError:
        return "killed by signal %d" % number
