"""The Python side of tests/workers/frames.test.ts: cases on stdin and what was made of them on stdout, as JSON."""

import base64
import json
import socket
import sys
import threading

from quintet.wire import frames
from quintet.wire.channel import Channel
from quintet.wire.request import split_request


def text(data):
    return base64.b64encode(data).decode()


class Recording(Channel):
    """A channel that writes down what is no request."""

    control = ()

    def _control(self, kind, number, buffer, start, stop):
        if kind in (frames.BODY, frames.BODY_END, frames.BODY_GONE):
            self.control += ([kind, number, text(buffer[start:stop])],)
            return
        value = frames.U32.unpack_from(buffer, start)[0] if kind == frames.CREDIT else 0
        self.control += ([kind, number, value],)


def requests(pieces, more):
    """What a channel reads, when it is sent these pieces one by one."""
    ours, theirs = socket.socketpair()
    channel = Recording(ours, ours, None, locked=False)

    def send():
        for piece in pieces:
            theirs.sendall(piece)
        theirs.close()

    sender = threading.Thread(target=send)
    sender.start()
    while channel.pump():
        pass
    sender.join()
    ours.close()
    found = []
    for request in channel.pending:
        environ, body = split_request(request)
        found.append(
            {
                "id": request.id,
                "flags": request.flags,
                "environ": text(environ.encode("latin-1")),
                "body": text(bytes(body)),
            }
        )
    return {"requests": found, "control": list(channel.control)}


def written(payloads, more):
    """The bytes of frames with these payloads."""
    return text(
        b"".join(frames.frame(kind, number, data, flags) for (kind, flags, number), data in zip(more, payloads))
    )


def main():
    asked = json.load(sys.stdin)
    run = {"requests": requests, "frames": written}[sys.argv[1]]
    more = asked["more"] or [None] * len(asked["cases"])
    cases = [[base64.b64decode(piece) for piece in case] for case in asked["cases"]]
    json.dump([run(*each) for each in zip(cases, more)], sys.stdout)


main()
