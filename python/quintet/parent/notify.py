"""What systemd wants to be told (sd_notify(3)), where it is systemd that has started this."""

from __future__ import annotations

import os
import socket
import time


class Notify:
    """Says nothing where nobody listens."""

    def __init__(self) -> None:
        # Taken out of the environment: neither front nor application is to speak for the service.
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]
        watchdog, pid = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
        mine = pid in ("", str(os.getpid()))
        # Seconds in which it wants a sign of life; 0 if it wants none.
        self.watchdog = int(watchdog) / 1e6 if self._address and mine and watchdog.isdigit() else 0.0

    def ready(self, status: str) -> None:
        """It serves."""
        self._tell("READY=1\nSTATUS=" + status)

    def reloaded(self, failed: bool) -> None:
        """A reload is over. systemd knows of none that fails: what `systemctl status` shows has to say it."""
        self.ready("serving; the last reload has changed nothing" if failed else "serving")

    def reloading(self) -> None:
        """A reload has begun."""
        self._tell("RELOADING=1\nMONOTONIC_USEC=%d\nSTATUS=reloading" % (time.monotonic_ns() // 1000))

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1\nSTATUS=finishing what runs")

    def alive(self) -> None:
        """The sign of life."""
        self._tell("WATCHDOG=1")

    def _tell(self, what: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
                connection.sendto(what.encode(), self._address)
        except OSError:
            pass  # it is being restarted itself
