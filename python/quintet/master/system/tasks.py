"""Coroutines on the master's loop, so that code that waits for a front reads from top to bottom.

asyncio would also do, but importing it takes longer than the rest of the master's start. When an awaited value arrives,
the coroutine continues at once, within the call that resolves it.
"""

from __future__ import annotations

from typing import Any, Callable, Coroutine, Generator, Generic, Iterable, List, Optional, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """A value that will arrive later. Any number of coroutines may await it."""

    def __init__(self) -> None:
        self.done = False
        self._value: Optional[T] = None
        self._error: Optional[BaseException] = None
        self._waiting: List[Callable[[], None]] = []

    def resolve(self, value: T) -> None:
        """Set the value. Later calls are ignored."""
        if not self.done:
            self._value = value
            self._settle()

    def reject(self, error: BaseException) -> None:
        """Raise this error wherever the value is awaited."""
        if not self.done:
            self._error = error
            self._settle()

    def then(self, call: Callable[[], None]) -> None:
        """Call something when the value has arrived, or at once if it already has."""
        if self.done:
            call()
        else:
            self._waiting.append(call)

    def __await__(self) -> Generator[Pending[T], None, T]:
        if not self.done:
            yield self
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    def _settle(self) -> None:
        self.done = True
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()


class Task(Pending[T]):
    """A running coroutine, and the value that it will return."""

    def __init__(self, coroutine: Coroutine[Any, None, T], failed: Callable[[], None]) -> None:
        """Run it up to its first wait. If it raises, `failed` is called while the exception is being handled."""
        super().__init__()
        self._coroutine = coroutine
        self._failed = failed
        self._step()

    def _step(self) -> None:
        try:
            awaited: Pending[Any] = self._coroutine.send(None)
        except StopIteration as end:
            return self.resolve(end.value)
        except Exception as error:
            self._failed()
            return self.reject(error)
        awaited.then(self._step)


async def all_of(pending: Iterable[Pending[T]]) -> List[T]:
    """All the values, in this order. Whatever resolves them must already be running."""
    return [await each for each in list(pending)]
