"""The memory that a worker shares with the front: both can read it at any time."""

from __future__ import annotations

import mmap
import os

NOTED, RECALL_FROM, RECALL_TO, INTERRUPT, RUNNING, LEAVING = 0, 1, 2, 3, 4, 5
# What is in LEAVING, when a worker ends: src/wire/page.ts has the same.
IN_HOOK, JOINING, AT_EXIT = 1, 2, 3


class Page:
    """The page of shared memory: which request was begun last, which the front takes back, which has run out of time.

    And how many run, with what follows their responses, and how far its end has come.

    Words are read and written whole (a native 64-bit cast), so neither side sees half of a number.
    """

    def __init__(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDWR)
        try:
            self._map = mmap.mmap(descriptor, mmap.PAGESIZE)
        finally:
            os.close(descriptor)
        self.words = memoryview(self._map).cast("Q")

    def begin(self, number: int) -> bool:
        """Note a request before it is run, then say whether it may be: False if it has been taken back.

        The order is what makes it safe. The front writes the range first and reads the note second: whichever
        of the two comes later sees the other's word, so a request is never both run here and run elsewhere.
        """
        words = self.words
        words[NOTED] = number
        return not words[RECALL_FROM] <= number <= words[RECALL_TO]
