"""One request at Node, as the thread of the server sees it that waits for the answer."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional

from ..wire import frames
from ..wsgi.load_error import LoadError
from .connection import Box, Event, Line
from .inner_call import InnerCall, call_failed, inner_environ, split_call

Find = Callable[[str], Callable[..., Any]]


class Conversation:
    """What Node answers, and the Python applications that it calls meanwhile, which run in this very thread."""

    def __init__(self, line: Line, environ: Dict[str, Any], find: Find) -> None:
        self.line = line
        self.box = Box(line.lock)
        self._environ = environ
        self._find = find
        self._calls: Dict[int, InnerCall] = {}
        self._done: List[InnerCall] = []

    def receive(self) -> Event:
        """The next frame of the answer. Raises Lost."""
        while True:
            event = self._next()
            if event is not None:
                return event

    def run(self, event: Event) -> None:
        """Do nothing but one call."""
        self.line.adopt(self.box, event.number)
        self._begin(event)
        while self._calls:
            self._next()

    def close(self) -> None:
        """The answer is over, or not wanted."""
        for call in [*self._calls.values(), *self._done]:
            call.close()
        self._calls.clear()
        self._done.clear()
        self.line.forget(self.box)

    def _next(self) -> Optional[Event]:
        if not self.box.events:
            for call in self._calls.values():
                if call.ready:
                    self._step(call)
                    return None
        event = self.line.receive(self.box)
        kind = event.kind
        if kind == frames.CALL:
            self._begin(event)
        elif kind == frames.LOG:
            self._environ["wsgi.errors"].write("%s\n" % json.loads(event.payload)["text"])
        elif kind == frames.CALL_CREDIT:
            taken = self._calls.get(event.number)
            if taken is not None:
                taken.taken(frames.U32.unpack(event.payload)[0])
        elif kind == frames.CALL_GONE:
            unwanted = self._calls.pop(event.number, None)
            if unwanted is not None:
                unwanted.close()
        else:
            return event
        return None

    def _begin(self, event: Event) -> None:
        self._finish()
        target, text, body = split_call(event)
        try:
            application = self._find(target)
            environ = inner_environ(event, text, body, self._environ)
        except Exception as error:
            self.line.called(event.number)
            code = error.code if isinstance(error, LoadError) else "QUINTET_MODULE_FAILED"
            self.line.send(call_failed(event.number, 503, code, str(error)))
            return
        call = self._calls[event.number] = InnerCall(self.line, event.number, environ)
        call.begin(application)
        self._moved(call)

    def _step(self, call: InnerCall) -> None:
        call.step()
        self._moved(call)

    def _moved(self, call: InnerCall) -> None:
        if call.complete:
            # What it still does for itself waits until the client has its answer, or the next call comes.
            del self._calls[call.number]
            self._done.append(call)

    def _finish(self) -> None:
        while self._done:
            self._done.pop(0).close()
