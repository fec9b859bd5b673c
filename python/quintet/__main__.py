"""Start a worker: ``python path/to/quintet``, as the front runs it.

This file must parse on any Python, so that one that is too old prints a message instead of a syntax error.
"""

import os
import sys

if __name__ == "__main__":
    if sys.version_info < (3, 9):
        sys.stderr.write(
            "QUINTET_PYTHON_TOO_OLD: %s is Python %s; Quintet needs 3.9 or newer.\n"
            % (sys.executable, sys.version.split()[0])
        )
        sys.exit(3)
    # Python has put this folder first on sys.path, where our file names would shadow the user's modules. The package
    # needs sys.path only for its first import; after that, its own __path__ finds the rest.
    _home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[0] = _home
    from quintet.worker.boot import main

    sys.path.remove(_home)
    main()
