"""Start the parent: ``python -I -S path/to/quintet/parent``, as the command does that becomes it."""

import os
import sys

if __name__ == "__main__":
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from quintet.parent.main import main

    main()
