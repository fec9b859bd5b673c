"""The frames between front and worker: their types and their layout. The twin of src/wire/frames.ts.

A frame is a header of 12 bytes, little-endian, and its payload:

    u32 length of the payload | u32 request id | u8 type | u8 flags | u16 zero
"""

from __future__ import annotations

import json
import struct
from typing import Mapping

HEADER = struct.Struct("<IIBBH")
HEADER_SIZE = 12
U32 = struct.Struct("<I")
U32X2 = struct.Struct("<II")
FILE_FACTS = struct.Struct("<IIQQQQ")  # microseconds, length of head, position, length of the body, device, inode

# Front to worker.
REQUEST = 1  # u32 length of environ | environ (NUL-separated latin-1 pairs) | body, or the path of its file
CREDIT = 2  # u32 bytes of this response that the client has taken
GONE = 3  # the client has left: stop, and close()
BODY = 4  # answers BODY_WANTED: some of the body, at least a byte
BODY_END = 5  # its end, at once or behind the last bytes
BODY_GONE = 6  # UTF-8: why the rest of it does not come
FORK = 9  # to a zygote. JSON: the worker that is wanted

FILE_TAKEN = 7  # answers FILE: the front has opened it
FILE_REFUSED = 8  # it cannot: send it yourself
INTERRUPT = 9  # this request, or with 0 what follows a response, takes too long: end it

# Worker to front.
HELLO = 16  # JSON: who connects
READY = 17  # JSON: the application is imported
FAILED = 18  # JSON: it cannot be; the worker ends
FORKED = 19  # from a zygote. JSON: id and pid of a worker that runs now
ANSWER = 20  # a whole response: u32 microseconds | u32 length of head | head | body
START = 21  # a response begins: u32 zero | u32 length of head | head | first bytes
DATA = 22  # more of it
END = 23  # u32 microseconds: its end
ABORT = 24  # u32 microseconds: it ends before its end; the client must see that
HANDBACK = 25  # a recalled request that was not run
LOG = 26  # JSON: level, text
FILE = 27  # a whole response with its body in a file: see FILE_FACTS | head | path
BODY_WANTED = 28  # u32: the application waits for its body, and for so many bytes at most
EXITED = 29  # from a zygote. JSON: pid of a worker, and its exit status, or the name of the signal that ended it

# A worker that is a Node process calls a Python application: see src/wire/frames.ts. Only the host module does that
# here; it is answered with ANSWER, START, DATA, END and ABORT.
CALL = 30  # u32 outer request, or 0 | u32 length of target | u32 length of environ | target | environ | body or path
CALL_CREDIT = 31  # u32 bytes of that answer that have been taken
CALL_GONE = 32  # nobody wants that answer any more
CALL_FAILED = 33  # JSON: status, code, message

# Flag of REQUEST and CALL: the payload ends with a path instead of the body itself.
BODY_IN_FILE = 1
# Flag of REQUEST: there is a body, and nothing of it is sent before it is asked for.
BODY_STREAMS = 2

# Flags of ANSWER, START and FILE: which headers the application has set itself.
HAS_LENGTH = 1
HAS_DATE = 2
HAS_SERVER = 4

# At most this many bytes of one response are on their way (sent by the worker, not yet taken by the client).
WINDOW = 128 * 1024
# So many bytes a frame of data counts for beside its own: what the front needs to hold it, however small it is.
FRAME_COST = 1024
# At most this many bytes of a response travel in one frame.
CHUNK = 64 * 1024
# No frame is longer than this: it has room for the longest body that is kept in memory.
MAX_LENGTH = 64 * 1024 * 1024
# The head of a response is no longer than this, in bytes.
HEAD_MOST = 1024 * 1024
# A frame of JSON is no longer than JSON_MOST. Texts in it are cut, for each character may take 12 bytes.
JSON_MOST = 1024 * 1024
CHARACTERS_MOST = 80_000


def frame(kind: int, request_id: int, payload: bytes = b"", flags: int = 0) -> bytes:
    """One frame as bytes."""
    return HEADER.pack(len(payload), request_id, kind, flags, 0) + payload


def cut(text: str, of: int = 1) -> str:
    """As much of a text as has room in a frame, or in one ``of`` several that share it."""
    most = CHARACTERS_MOST // of
    more = len(text) - most
    return text if more <= 0 else "%s… (%d more characters)" % (text[:most], more)


def json_frame(kind: int, request_id: int, value: Mapping[str, object]) -> bytes:
    """One frame whose payload is JSON."""
    return frame(kind, request_id, json.dumps(value).encode("utf-8", "replace"))
