"""One client of the standard library: moves a file, and prints what it saw as JSON.

client.py ADDRESS FILE STEP...   The address is a port of 127.0.0.1 or the path of a unix socket; all steps go to it
over one connection.
Steps: get:PATH, put:PATH (with its length), chunked:PATH; get@RATE:PATH and so on at so many bytes a second.
With --window the system buffers as little as it can on the client's side. With --urllib a connection for each.
"""

import hashlib
import http.client
import json
import os
import socket
import sys
import time
import urllib.request


class Connection(http.client.HTTPConnection):
    """To a port or to a unix socket, with a small window if wanted."""

    window = 0
    made = 0

    def __init__(self, address):
        super().__init__("127.0.0.1", timeout=250)
        self.address = address

    def connect(self):
        Connection.made += 1
        over_unix = not self.address.isdigit()
        self.sock = socket.socket(socket.AF_UNIX if over_unix else socket.AF_INET)
        self.sock.settimeout(250)
        if self.window:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.window)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.window)
        self.sock.connect(self.address if over_unix else ("127.0.0.1", int(self.address)))


def paced(blocks, rate):
    """The blocks, with pauses, so that no more than so many bytes a second go by."""
    began = time.monotonic()
    total = 0
    for block in blocks:
        total += len(block)
        ahead = total / rate - (time.monotonic() - began) if rate else 0
        if ahead > 0.02:
            time.sleep(ahead)
        yield block


def blocks_of(file, size):
    return iter(lambda: file.read(size), b"")


def digest(blocks):
    found = hashlib.sha256()
    length = 0
    for block in blocks:
        found.update(block)
        length += len(block)
    return "%d %s" % (length, found.hexdigest())


class Paced:
    """A file that is read slowly, for what wants something to read from."""

    def __init__(self, path, rate):
        self.file = open(path, "rb")
        self.blocks = paced(blocks_of(self.file, 8191), rate)

    def read(self, size=-1):
        return next(self.blocks, b"")


def step(connection, action, rate, path, source):
    if action == "get":
        connection.request("GET", path)
        response = connection.getresponse()
        # Small reads where it is slow.
        return digest(paced(blocks_of(response, 1009 if rate else 65536), rate))
    if action == "put":
        headers = {"Content-Length": str(os.path.getsize(source))}
        connection.request("PUT", path, Paced(source, rate) if rate else open(source, "rb"), headers)
    else:
        with open(source, "rb") as file:
            blocks = paced(blocks_of(file, 30_011), rate)
            connection.request("POST", path, blocks, encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    return connection.getresponse().read().decode()


def with_urllib(address, action, path, source):
    url = "http://127.0.0.1:%s%s" % (address, path)
    if action == "get":
        with urllib.request.urlopen(url, timeout=250) as response:
            return digest(blocks_of(response, 65536))
    headers = {"Content-Type": "application/octet-stream"}
    if action == "put":
        headers["Content-Length"] = str(os.path.getsize(source))
    with open(source, "rb") as file:
        request = urllib.request.Request(url, file, headers)
        with urllib.request.urlopen(request, timeout=250) as response:
            return response.read().decode()


def main(arguments):
    flags = [each for each in arguments if each.startswith("--")]
    address, source, *steps = [each for each in arguments if not each.startswith("--")]
    if "--window" in flags:
        Connection.window = 4096
    connection = Connection(address)
    saw = []
    for each in steps:
        action, path = each.split(":")
        action, _, rate = action.partition("@")
        if "--urllib" in flags:
            saw.append(with_urllib(address, action, path, source))
        else:
            saw.append(step(connection, action, int(rate or 0), path, source))
    print(json.dumps({"saw": saw, "connections": Connection.made}))


main(sys.argv[1:])
