"""Start the master: ``python -I -S path/to/quintet/master``. The `quintet` command becomes this process.

This file must parse on any Python, so that one that is too old prints a message instead of a syntax error.
"""

import os
import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback for Ctrl-C before there is anything to stop
    if sys.version_info < (3, 9):
        sys.stderr.write(
            "quintet: QUINTET_PYTHON_TOO_OLD: %s is Python %s; Quintet needs 3.9 or newer.\n"
            "  Name a newer one with --python.\n" % (sys.executable, sys.version.split()[0])
        )
        sys.exit(3)
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from quintet.master.main import main

    main()
