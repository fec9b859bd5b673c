"""Starts bjoern on HOST:PORT with WORKERS processes: `run_bjoern.py HOST PORT WORKERS DIRECTORY MODULE:ATTRIBUTE`.

bjoern has no command line of its own. One worker is its README's `bjoern.run(app, host, port)`; several are the
README's "listen, then fork".
"""

import importlib
import os
import sys

import bjoern


def main():
    host, port, workers, directory, target = sys.argv[1:]
    os.chdir(directory)
    sys.path.insert(0, os.getcwd())
    module, _, attribute = target.partition(":")
    application = getattr(importlib.import_module(module), attribute)

    if int(workers) == 1:
        bjoern.run(application, host, int(port))
        return
    bjoern.listen(application, host, int(port))
    children = []
    for _ in range(int(workers)):
        child = os.fork()
        if child == 0:
            bjoern.run()
            return
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


main()
