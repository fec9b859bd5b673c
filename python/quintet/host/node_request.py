"""One request that Node runs, as seen by the server's thread that waits for the response."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional

from ..wire import frames
from ..wsgi.load_error import LoadError
from .connection import Frame, Inbox, NodeConnection
from .inner_call import InnerCall, call_failed, inner_environ, split_call

Find = Callable[[str], Callable[..., Any]]


class NodeRequest:
    """Receives Node's response. Python applications that Node calls meanwhile run in this thread."""

    def __init__(self, connection: NodeConnection, environ: Dict[str, Any], find: Find) -> None:
        self.connection = connection
        self.inbox = Inbox(connection.lock)
        self._environ = environ
        self._find = find
        self._calls: Dict[int, InnerCall] = {}
        self._done: List[InnerCall] = []

    def receive(self) -> Frame:
        """Wait for the next frame of the response. Raises NodeEnded."""
        while True:
            frame = self._next()
            if frame is not None:
                return frame

    def run(self, frame: Frame) -> None:
        """Run one call, for a request that this process does not know."""
        self.connection.adopt(self.inbox, frame.number)
        self._begin(frame)
        while self._calls:
            self._next()

    def close(self) -> None:
        """Call this when the response is complete or no longer wanted."""
        for call in [*self._calls.values(), *self._done]:
            call.close()
        self._calls.clear()
        self._done.clear()
        self.connection.forget(self.inbox)

    def _next(self) -> Optional[Frame]:
        if not self.inbox.frames:
            for call in self._calls.values():
                if call.ready:
                    self._step(call)
                    return None
        frame = self.connection.receive(self.inbox)
        kind = frame.kind
        if kind == frames.CALL:
            self._begin(frame)
        elif kind == frames.LOG:
            self._environ["wsgi.errors"].write("%s\n" % json.loads(frame.payload)["text"])
        elif kind == frames.CALL_CREDIT:
            taken = self._calls.get(frame.number)
            if taken is not None:
                taken.taken(frames.U32.unpack(frame.payload)[0])
        elif kind == frames.CALL_GONE:
            unwanted = self._calls.pop(frame.number, None)
            if unwanted is not None:
                unwanted.close()
        else:
            return frame
        return None

    def _begin(self, frame: Frame) -> None:
        self._finish()
        target, text, body = split_call(frame)
        try:
            application = self._find(target)
            environ = inner_environ(frame, text, body, self._environ)
        except Exception as error:
            self.connection.called(frame.number)
            code = error.code if isinstance(error, LoadError) else "QUINTET_MODULE_FAILED"
            self.connection.send(call_failed(frame.number, 503, code, str(error)))
            return
        call = self._calls[frame.number] = InnerCall(self.connection, frame.number, environ)
        call.begin(application)
        self._moved(call)

    def _step(self, call: InnerCall) -> None:
        call.step()
        self._moved(call)

    def _moved(self, call: InnerCall) -> None:
        if call.complete:
            # Its close() waits until the client has the response, or until the next call.
            del self._calls[call.number]
            self._done.append(call)

    def _finish(self) -> None:
        while self._done:
            self._done.pop(0).close()
