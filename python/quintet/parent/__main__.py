"""Start the parent: ``python -I -S path/to/quintet/parent``, as the command does that becomes it.

This file must parse on any Python, so that one that is too old gets a sentence instead of a syntax error.
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
    from quintet.parent.main import main

    main()
