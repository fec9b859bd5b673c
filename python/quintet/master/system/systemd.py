"""Messages to systemd, if it has started this process (sd_notify(3))."""

from __future__ import annotations

import os
import socket
import time


class Systemd:
    """Sends nothing if systemd does not listen."""

    def __init__(self) -> None:
        # Removed from the environment, so that fronts and the application cannot send messages for the service.
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]
        watchdog, pid = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
        mine = pid in ("", str(os.getpid()))
        # systemd expects `alive` at least this often; 0 if it does not.
        self.watchdog_seconds = int(watchdog) / 1e6 if self._address and mine and watchdog.isdigit() else 0.0

    def ready(self, status: str) -> None:
        """The server serves."""
        self._send("READY=1\nSTATUS=" + status)

    def reloading(self) -> None:
        """A reload has begun."""
        self._send("RELOADING=1\nMONOTONIC_USEC=%d\nSTATUS=reloading" % (time.monotonic_ns() // 1000))

    def reloaded(self, failed: bool) -> None:
        """A reload is over. systemd has no state for a failed one, so only the text in `systemctl status` shows it."""
        self.ready("serving; the last reload has changed nothing" if failed else "serving")

    def stopping(self) -> None:
        """The server is being stopped."""
        self._send("STOPPING=1\nSTATUS=finishing what runs")

    def alive(self) -> None:
        """Reset the watchdog."""
        self._send("WATCHDOG=1")

    def _send(self, what: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
                connection.sendto(what.encode(), self._address)
        except OSError:
            pass  # systemd is restarting itself
