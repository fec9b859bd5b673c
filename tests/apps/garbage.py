"""Has its worker say to the front what it never would: see testing/garbage.ts."""

import base64
import json
import os
import socket
import stat
import struct
import sys
import time


def application(environ, start_response):
    if environ["PATH_INFO"] == "/say":
        order = json.loads(environ["wsgi.input"].read())
        say(order, *worker())
        # What is wrong ends this process; what only a connection is closed for does not.
        if order["next"] == "wait":
            time.sleep(600)
        connections[-1].settimeout(30)
        assert connections[-1].recv(1) == b"", "the front has closed it"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % os.getpid()]


def worker():
    """The channel of this worker, and what it was started with, from the frames of Quintet's that have called this."""
    frame = sys._getframe()
    while "channel" not in frame.f_locals or "start_up" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["channel"], frame.f_locals["start_up"]


def say(order, channel, options):
    from quintet.worker.serve import current

    data = b"".join(
        frame(each, current.request_id) if isinstance(each, dict) else base64.b64decode(each) for each in order["say"]
    )
    if order["to"] == "hello":
        hello = order["hello"]
        if hello is not None:
            known = {"id": options["id"], "token": options["token"], "pid": os.getpid()}
            hello = {name: known[name] if value == "mine" else value for name, value in hello.items()}
            if hello["pid"] == "front":
                hello["pid"] = options["parent"]
            payload = json.dumps(hello).encode()
            data = struct.pack("<IIBBH", len(payload), 0, 16, 0, 0) + payload + data
        connections.append(connect(options["socket"], data))
    elif order["to"] == "page":
        word, value = order["page"]
        channel.page.words[word] = value
        channel.answers.sendall(data)
    elif order["to"] == "lifeline":
        known = (channel.requests.fileno(), channel.answers.fileno())
        for name in os.listdir("/proc/self/fd"):
            number = int(name)
            if number > 2 and number not in known and is_socket(number):
                os.write(number, data)
    else:
        getattr(channel, order["to"]).sendall(data)


# Open until the front closes them.
connections = []


def connect(path, data):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    connection.sendall(data)
    return connection


def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


def frame(order, mine):
    """A frame, perhaps of another length than it says."""
    payload = base64.b64decode(order["payload"])
    number = mine + order["behind"] if order["id"] is None else order["id"]
    length = len(payload) if order["length"] is None else order["length"]
    return struct.pack("<IIBBH", length, number, order["type"], order["flags"], 0) + payload
