"""The page of memory that a worker shares with the front. Each side reads what the other writes at any time."""

from __future__ import annotations

import mmap
import os

# From src/wire/page-words.ts, by npm run docs:
# Words.
# The worker: the request that it began last, noted before it runs.
NOTED = 0
# The front: the first request that it recalls.
RECALL_FROM = 1
# The front: the last request that it recalls.
RECALL_TO = 2
# The front: the request that has timed out.
TIMED_OUT = 3
# The worker: how many requests run, including the work after their responses. A Node worker writes 0 or 1, and only
# while it ends.
RUNNING = 4
# The worker: the step of its exit that it has reached.
LEAVING = 5

# Values of LEAVING.
# In worker_exit.
IN_HOOK = 1
# Waiting for threads that the application has started.
JOINING = 2
# In atexit, or in Python's steps after it.
AT_EXIT = 3
# In Node's exit, such as handlers of beforeExit and exit.
NODE_EXITS = 4

# Sizes.
# One word.
WORD_BYTES = 8
# The whole page.
PAGE_BYTES = 4096
# End of src/wire/page-words.ts.


class Page:
    """The worker's side of the page. src/wire/page.ts is the front's side.

    Words are read and written whole, as native 64-bit integers, so neither side sees half of a number.
    """

    def __init__(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDWR)
        try:
            self._map = mmap.mmap(descriptor, mmap.PAGESIZE)
        finally:
            os.close(descriptor)
        # Indexed by NOTED, RECALL_FROM and the others.
        self.words = memoryview(self._map).cast("Q")

    def begin(self, number: int) -> bool:
        """Note that a request begins. Returns False if the front has recalled it; then it must not run.

        The order makes this safe: the front first writes the recalled range, then reads the note. Whichever side comes
        later sees what the other wrote, so no request runs both here and elsewhere.
        """
        words = self.words
        words[NOTED] = number
        return not words[RECALL_FROM] <= number <= words[RECALL_TO]
