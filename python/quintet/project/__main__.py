"""Print the facts that `quintet init` needs: ``python -I -S path/to/quintet/project FOLDER``.

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
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from quintet.project.facts import main

    main(sys.argv[1])
