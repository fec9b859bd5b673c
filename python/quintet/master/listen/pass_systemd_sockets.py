"""Passes the sockets that systemd has opened to the master.

Node marks every inherited descriptor as close-on-exec and offers no way to undo that, so the sockets would be closed
when the command becomes the master. Instead the command starts ``python -I -S pass_systemd_sockets.py PATH COUNT``
with the sockets from descriptor 3 on. This process listens at the path, prints a line once it does, passes the sockets
to the master when that connects, and ends.
"""

import os
import socket
import sys

# The first descriptor that systemd passes (sd_listen_fds(3)).
FIRST_DESCRIPTOR = 3
TIMEOUT_SECONDS = 30

if __name__ == "__main__":
    path, count = sys.argv[1], int(sys.argv[2])
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen(1)
        server.settimeout(TIMEOUT_SECONDS)
        os.write(1, b"ready\n")
        try:
            connection, _ = server.accept()
            socket.send_fds(connection, [b"s"], list(range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + count)))
        finally:
            os.unlink(path)
            os.rmdir(os.path.dirname(path))
