"""What a fork must not share with its siblings, and what it must find as in a process of its own."""

import json
import os
import random
import secrets
import ssl
import sys
import uuid

PID_OF_IMPORT = os.getpid()
# Drawn from before the fork: what a fork shared would go on from there.
random.random(), secrets.token_hex(8), ssl.RAND_bytes(8)


def application(environ, start_response):
    os.write(1, b"straight to stdout of %d\n" % os.getpid())
    found = {
        "pid": os.getpid(),
        "imported": PID_OF_IMPORT,
        "group": os.getpgid(0),
        "session": os.getsid(0),
        "parent": os.getppid(),
        "random": random.random(),
        "uuid": str(uuid.uuid4()),
        "secret": secrets.token_hex(8),
        "openssl": ssl.RAND_bytes(8).hex(),
        "argv": sys.argv,
        "path": sys.path[0],
        "stdin": os.readlink("/proc/self/fd/0"),
        "comm": open("/proc/self/comm").read().strip(),
        "threads": len(os.listdir("/proc/self/task")),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]
