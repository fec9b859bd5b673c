"""The Python side of tests/workers/fuzz-readers.test.ts: what its readers make of bytes, as JSON.

For each case, which is a list of pieces, what was understood until the reader had enough of it; `crash` if it ended by
anything but a ProtocolError.
"""

import base64
import json
import socket
import sys
import threading
import traceback

from quintet.master.fronts.front import Front, FrontListener
from quintet.master.system.json_lines import LineReader
from quintet.shared.shape import ProtocolError
from quintet.wire import frames
from quintet.wire.channel import Channel
from quintet.wire.flow import ResponseFlow, UploadFlow
from quintet.worker.zygote import orders as zygote_orders
from quintet.wsgi.environ import make_environ


class Ended(Exception):
    """Instead of the end of the process."""


def sent(pieces, read):
    """Have the pieces come one after the other."""
    ours, theirs = socket.socketpair()

    def send():
        try:
            for piece in pieces:
                theirs.sendall(piece)
        except OSError:
            pass
        theirs.close()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        read(ours)
    finally:
        ours.close()
        sender.join()


def requests(pieces, seen):
    """A worker's channel, in which two requests run, and the environ of each that comes."""

    def read(connection):
        channel = Channel(connection, connection, None, locked=False)
        channel.flows.update({1: ResponseFlow(), 2: ResponseFlow()})
        channel.uploads.update({1: UploadFlow(), 3: UploadFlow()})
        try:
            while channel.pump():
                pass
        finally:
            for request in channel.pending:
                try:
                    make_environ(channel, request, {})["wsgi.input"].close()
                    seen.append(request.id)
                except (OSError, ValueError, ProtocolError) as error:
                    seen.append(type(error).__name__)

    sent(pieces, read)


def orders(pieces, seen):
    """What a zygote is asked for."""

    def read(connection):
        waiting = zygote_orders.Orders(connection)
        while True:
            seen.append(waiting.next()["id"])

    sent(pieces, read)


def lines(pieces, seen):
    """What a master is told, and what it asks of a line."""
    reader = LineReader(seen.append, 2000)
    for piece in pieces:
        reader.push(piece)


def front(pieces, seen):
    """What a master makes of it when it is a front's."""
    told = Front(None, FrontListener(), 0, [], "")
    reader = LineReader(told.received, 100_000)
    for piece in pieces:
        reader.push(piece)
    seen.append(told.version)


def end(status):
    raise Ended


def run(read, pieces):
    seen = []
    found = {"seen": seen, "error": None, "crash": None}
    try:
        read(pieces, seen)
    except ProtocolError as error:
        found["error"] = str(error)
    except Ended:
        pass
    except BaseException:
        found["crash"] = traceback.format_exc()
    try:
        json.dumps(seen, allow_nan=False)
    except ValueError:
        found["seen"] = ["no finite number"]
    return found


def main():
    zygote_orders.end = end
    asked = json.load(sys.stdin)
    read = {"requests": requests, "orders": orders, "lines": lines, "front": front}[sys.argv[1]]
    cases = [[base64.b64decode(piece) for piece in case] for case in asked["cases"]]
    assert frames.HEADER_BYTES == 12
    json.dump([run(read, pieces) for pieces in cases], sys.stdout)


main()
