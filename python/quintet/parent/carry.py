"""Brings the sockets that systemd has opened past the moment in which Node becomes the parent.

Node marks every descriptor that it is started with to be closed when another program takes its place, and cannot take
that back. So it starts this: ``python -I -S carry.py PATH`` with the sockets from descriptor 3 on, which listens at the
path, says so on stdout, hands them to whoever connects, and ends.
"""

import os
import socket
import sys

if __name__ == "__main__":
    path, count = sys.argv[1], int(sys.argv[2])
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen(1)
        server.settimeout(30)
        os.write(1, b"ready\n")
        try:
            connection, _ = server.accept()
            socket.send_fds(connection, [b"s"], list(range(3, 3 + count)))
        finally:
            os.unlink(path)
            os.rmdir(os.path.dirname(path))
