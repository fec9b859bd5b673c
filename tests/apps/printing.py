"""Prints by every way there is, when it is imported and in a view; says which have failed."""

import logging
import os
import subprocess
import sys
import time


def shell(command):
    subprocess.run(["sh", "-c", command], check=True, stdin=subprocess.DEVNULL)


def write(path, text):
    with open(path, "w") as file:
        file.write(text + "\n")


def log(path, text):
    handler = logging.FileHandler(path)
    handler.emit(logging.makeLogRecord({"msg": text}))
    handler.close()


WAYS = {
    "/dev/stdout": lambda text: write("/dev/stdout", text),
    "/dev/stderr": lambda text: write("/dev/stderr", text),
    "/proc/self/fd/1": lambda text: write("/proc/self/fd/1", text),
    "/dev/fd/2": lambda text: write("/dev/fd/2", text),
    "FileHandler": lambda text: log("/dev/stdout", text),
    "echo": lambda text: shell("echo '%s' > /dev/stderr" % text),
    "echo to stdout": lambda text: shell("echo '%s' >> /dev/stdout" % text),
    "tee": lambda text: shell("echo '%s' | tee /dev/stderr > /dev/null" % text),
    "print": lambda text: print(text),
    "descriptor": lambda text: os.write(2, text.encode() + b"\n"),
}


def by_all_ways(where):
    failed = []
    for name, way in WAYS.items():
        try:
            way("%s: %s" % (where, name))
        except Exception as error:
            failed.append("%s: %r" % (name, error))
    return failed


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/job":
        return [b"%d %d" % (os.getpid(), job(environ["QUERY_STRING"]))]
    failed = AT_IMPORT + by_all_ways("view")
    return [("\n".join(failed) or "pid %d" % os.getpid()).encode()]


def job(stop):
    """A program that counts aloud until a file is there, and writes down there that it could."""
    return subprocess.Popen([sys.executable, "-u", __file__, stop]).pid


def count_aloud(stop):
    number = 0
    while not os.path.exists(stop):
        number += 1
        print("job %d: %d" % (os.getpid(), number))
        time.sleep(0.1)
    print("job %d: stops after %d" % (os.getpid(), number), file=sys.stderr)
    with open(stop, "w") as file:
        file.write("%d\n" % number)


if __name__ == "__main__":
    count_aloud(sys.argv[1])
else:
    AT_IMPORT = by_all_ways("import")
    kept = logging.FileHandler("/dev/stdout")
    WAYS["kept"] = lambda text: kept.emit(logging.makeLogRecord({"msg": text}))
