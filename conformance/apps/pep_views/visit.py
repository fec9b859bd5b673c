"""What the views have in common."""

import os
import time

PLAIN = [("Content-Type", "text/plain")]


class Visit:
    """A request: /view?id,argument,argument. What a view sees it notes in a file, which the case reads."""

    def __init__(self, environ):
        self.id, *self.arguments = environ.get("QUERY_STRING", "").split(",")
        self.path = os.path.join(os.environ["CONFORMANCE_FOLDER"], self.id)

    def note(self, text):
        # In one write, since several processes may do so at a time.
        with open(self.path, "ab", buffering=0) as file:
            file.write(text.encode("utf-8", "backslashreplace") + b"\n")

    def seen(self, seconds=3):
        """Wait until the client says that it has seen what it waits for; False if it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.path.exists(self.path + ".seen"):
                return True
            time.sleep(0.01)
        return False

    def attempt(self, call, *arguments):
        """Note whether a call raises; its result, or None."""
        try:
            result = call(*arguments)
        except BaseException as error:
            self.note("raised " + type(error).__name__)
            return None
        self.note("accepted")
        return result
