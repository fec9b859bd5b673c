"""Make a virtual environment in the cache unless it is there, and print its folder.

The environment is made of the interpreter that runs this. All checkouts and all runs share the cache. An environment
that is complete only grows, so two runs can use it at once; while one run makes it, another one waits.

    python3 environments.py CACHE '{"what": …, "requirements": […], "more": […]}'
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

UNUSED = 30 * 24 * 60 * 60
STAMP = "quintet-stamp"


def main() -> None:
    cache = os.path.abspath(sys.argv[1])
    wanted = json.loads(sys.argv[2])
    # Control-C ends this without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Servers run as other users, who must be able to read the environment.
    os.umask(0o022)
    os.makedirs(cache, exist_ok=True)
    # A virtual environment can make another one; both are of the same interpreter.
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    interpreter = "%s %s" % (base, " ".join(sys.version.split()))
    requirements = sorted(wanted["requirements"])
    name = "python%d.%d-%s" % (*sys.version_info[:2], digest([interpreter, *requirements]))
    folder = os.path.join(cache, name)
    with Lock(folder + ".lock", wanted["what"]) as lock:
        made = read_stamp(folder)
        if made is None:
            with step(wanted["what"]):
                make(folder, base, requirements, lock, pip_cache(cache, interpreter))
                made = [interpreter, *requirements]
                write_stamp(folder, made)
        more = [each for each in wanted["more"] if each not in made]
        if more:
            with step("%s: %s" % (wanted["what"], ", ".join(more))):
                # If this is interrupted, the next run makes all of it again.
                os.unlink(os.path.join(folder, STAMP))
                install(folder, more, lock, pip_cache(cache, interpreter))
                write_stamp(folder, [*made, *more])
    remove_unused(cache)
    print(folder)


def digest(lines) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


class Lock:
    """An exclusive lock on a file, whose time of modification is when it was last taken.

    The kernel releases it when the last process that has the file open ends. pip has it open as well: if this process
    is killed, nobody else begins while pip still writes.
    """

    def __init__(self, path, what=None):
        self.path = path
        self.what = what
        self.file = -1

    def __enter__(self):
        while not self.take(wait=True):
            pass
        os.utime(self.path)
        return self

    def __exit__(self, *_):
        os.close(self.file)

    def take(self, wait: bool) -> bool:
        """False if another process has it, or has just removed the file."""
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                os.close(self.file)
                return False
            if read_stamp(self.path[: -len(".lock")]) is None:
                say("%s: another run is doing that, waiting for it …" % self.what)
            fcntl.flock(self.file, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(self.file), os.stat(self.path)):
                return True
        except FileNotFoundError:
            pass
        os.close(self.file)
        return False


def make(folder, base, requirements, lock, cache) -> None:
    # What a run left that was killed.
    if os.path.exists(folder):
        shutil.rmtree(folder)
    run([base, "-m", "venv", folder], lock)
    if requirements:
        install(folder, requirements, lock, cache)


def install(folder, requirements, lock, cache) -> None:
    pip = [os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    run([*pip, "--cache-dir", cache, *requirements], lock)


def pip_cache(cache, interpreter) -> str:
    """A folder for each interpreter: another one with the same version may not run what this one has compiled."""
    folder = os.path.join(cache, "pip-" + digest([interpreter]))
    os.makedirs(folder, exist_ok=True)
    os.utime(folder)
    return folder


def run(command, lock) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, pass_fds=[lock.file])
    if done.returncode != 0:
        sys.exit("%s failed (%d)" % (" ".join(command), done.returncode))


def read_stamp(folder):
    """What is installed, or None if the environment is not complete."""
    try:
        with open(os.path.join(folder, STAMP), encoding="utf-8") as file:
            made = file.read().splitlines()
    except FileNotFoundError:
        return None
    # An interpreter can be removed, too.
    return made if os.path.exists(os.path.join(folder, "bin", "python")) else None


def write_stamp(folder, lines) -> None:
    path = os.path.join(folder, STAMP)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.rename(path + ".new", path)


def remove_unused(cache) -> None:
    """Remove what no run has asked for in a month."""
    oldest = time.time() - UNUSED
    for entry in os.scandir(cache):
        if last_used(entry.path) >= oldest:
            continue
        if entry.name.startswith("pip-"):
            shutil.rmtree(entry.path, ignore_errors=True)
        if not entry.name.endswith(".lock"):
            continue
        lock = Lock(entry.path)
        if not lock.take(wait=False):
            continue
        # Another run may have used it just now.
        if last_used(entry.path) < oldest:
            shutil.rmtree(entry.path[: -len(".lock")], ignore_errors=True)
            os.unlink(entry.path)
        os.close(lock.file)


def last_used(path) -> float:
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return time.time()


class step:
    """Say what is done, and how long it took."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        say("%s …" % self.what)
        self.began = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            say("✓ %s (%.1f s)" % (self.what, time.monotonic() - self.began))


def say(text) -> None:
    print(text, file=sys.stderr, flush=True)


main()
