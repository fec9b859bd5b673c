"""The frames between the front and its workers. docs/reference/wire.md describes the whole protocol.

A frame is a header of 12 bytes, little-endian, and its payload:

    u32 length of the payload | u32 request id | u8 type | u8 flags | u16 zero
"""

from __future__ import annotations

import json
import struct
from typing import Mapping

# From src/wire/frames.ts, by npm run docs:
# To a worker: frames.
# A request. Payload: u32 length of environ | environ (NUL-separated latin-1 pairs) | body, or the path of its file.
REQUEST = 1
# The client has taken some of this response. Payload: u32 bytes.
CREDIT = 2
# The client has left: stop, and call close().
GONE = 3
# Some of the body that BODY_WANTED asked for, at least one byte. Payload: the bytes.
BODY = 4
# The body is complete. Answers BODY_WANTED, or follows the last BODY.
BODY_END = 5
# The rest of the body does not arrive. Payload: the reason, UTF-8.
BODY_GONE = 6
# The front has opened the file that FILE names.
FILE_TAKEN = 7
# The front cannot open that file: the worker sends it itself.
FILE_REFUSED = 8
# A request has timed out: interrupt it. Id 0: interrupt what still runs after the responses, such as close().
INTERRUPT = 9
# A call has failed. Payload: JSON CallFailed.
CALL_FAILED = 33

# To a zygote: frames.
# Fork a worker. Payload: JSON WorkerStartUp.
FORK = 9

# To the front: frames.
# The first frame of each connection. Payload: JSON Hello.
HELLO = 16
# The application is imported. Payload: JSON WorkerFacts, or Imported from a zygote.
READY = 17
# The application cannot be imported; the process ends. Payload: JSON WorkerFailure.
FAILED = 18
# A zygote has forked a worker, or could not. Payload: JSON Forked.
FORKED = 19
# A whole response. Payload: u32 microseconds | u32 length of head | head | body.
ANSWER = 20
# The beginning of a response. Payload: u32 zero | u32 length of head | head | first bytes of the body.
START = 21
# More of the body. Payload: the bytes.
DATA = 22
# The response is complete. Payload: u32 microseconds.
END = 23
# The response is cut short, and the client must see that. Payload: u32 microseconds.
ABORT = 24
# A recalled request that was not run.
HANDBACK = 25
# A record for the log. Payload: JSON WorkerRecord.
LOG = 26
# A whole response whose body is in a file. The worker keeps the file open until FILE_TAKEN or FILE_REFUSED. Payload:
# u32 microseconds | u32 length of head | u64 position | u64 length of the body | u64 device | u64 inode | head |
# path.
FILE = 27
# The application waits for its body. Payload: u32 the most bytes it takes.
BODY_WANTED = 28
# A worker that a zygote forked has ended. Payload: JSON Exited.
EXITED = 29
# A Node worker calls a Python application that other workers run. ANSWER, START, DATA, END and ABORT answer it, or
# CALL_FAILED. Payload: u32 id of the request that it serves, or 0 | u32 length of target | u32 length of environ |
# target (UTF-8) | environ | body, or the path of its file.
CALL = 30
# The Node worker has taken some of that answer. Payload: u32 bytes.
CALL_CREDIT = 31
# The Node worker does not want the rest of that answer.
CALL_GONE = 32

# Flags.
# Of REQUEST and CALL: the payload ends with a path instead of the body.
BODY_IN_FILE = 1
# Of REQUEST: there is a body, and BODY_WANTED asks for it.
BODY_STREAMS = 2
# Of ANSWER, START and FILE: the application has set Content-Length.
HAS_LENGTH = 1
# Of ANSWER, START and FILE: the application has set Server.
HAS_SERVER = 4

# Sizes.
# The header of a frame.
HEADER_BYTES = 12
# The longest payload. The longest body that is kept in memory fits.
MAX_FRAME_BYTES = 64 * 1024 * 1024
# The most bytes of a response in one frame.
MAX_CHUNK_BYTES = 64 * 1024
# The longest head of a response.
MAX_HEAD_BYTES = 1024 * 1024
# The longest payload that is JSON.
MAX_JSON_BYTES = 1024 * 1024
# The longest text in a JSON payload. JSON may need 12 bytes for one character.
MAX_TEXT_CHARACTERS = 80_000
# The most bytes of one response in flight: sent by the worker, not yet taken by the client.
WINDOW_BYTES = 128 * 1024
# What each DATA counts in the window in addition to its bytes: the memory that the front needs to hold it.
FRAME_COST_BYTES = 1024
# The last request id. A worker that comes near it is replaced.
MAX_REQUEST_ID = 0xFF_FF_00_00
# End of src/wire/frames.ts.

HEADER = struct.Struct("<IIBBH")
U32 = struct.Struct("<I")
U32X2 = struct.Struct("<II")
# FILE: microseconds, length of head, position, length of the body, device, inode.
FILE_FACTS = struct.Struct("<IIQQQQ")


def frame(kind: int, request_id: int, payload: bytes = b"", flags: int = 0) -> bytes:
    """One frame as bytes."""
    return HEADER.pack(len(payload), request_id, kind, flags, 0) + payload


def json_frame(kind: int, request_id: int, value: Mapping[str, object]) -> bytes:
    """One frame whose payload is JSON."""
    return frame(kind, request_id, json.dumps(value).encode("utf-8", "replace"))


def cut(text: str, of: int = 1) -> str:
    """Shorten a text so that it fits in one JSON payload.

    ``of``: how many texts share the payload.
    """
    limit = MAX_TEXT_CHARACTERS // of
    more = len(text) - limit
    return text if more <= 0 else "%s… (%d more characters)" % (text[:limit], more)
