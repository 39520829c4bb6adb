"""Driving coroutines by hand: every await inside the memory adapters yields the name of a point here.

There is no event loop. `asyncio.Lock` needs one only when it is contended, and only to make a future; what
it gets is a future that hands control back to the scheduler.
"""

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from types import coroutine
from typing import Any, cast

#: Yielded by a task that has nothing to do until it is woken.
IDLE = "idle"
#: Yielded by a task that waits for a lock.
BLOCKED = "blocked"


@coroutine
def _handed_over(point: str) -> Generator[str]:
    yield point


async def pause(point: str) -> None:
    """Hand the point to whoever drives this coroutine."""
    await _handed_over(point)


class Task:
    """A coroutine of a process (or of the world outside), and whether it can go on."""

    __slots__ = ("coro", "done", "lingering", "name", "owner", "runnable", "sleeping")

    def __init__(self, name: str, owner: object, coro: Coroutine[Any, Any, Any]) -> None:
        self.name = name
        self.owner = owner
        self.coro = coro
        self.runnable = True
        self.sleeping = False
        self.lingering = False  #: it will be woken in some steps, when there is more to read
        self.done = False

    def close(self) -> None:
        """The process died: nothing of it goes on."""
        self.done, self.runnable = True, False
        self.coro.close()


class _Turn:
    """What `asyncio.Lock` takes for a future: done when the lock is its task's."""

    def __init__(self, loop: "HandLoop") -> None:
        self._task = loop.current
        self._loop = loop
        self._set = False

    def done(self) -> bool:
        return self._set

    def cancelled(self) -> bool:
        return False

    def set_result(self, _result: object) -> None:
        self._set = True
        if self._task is not None:
            self._loop.wake(self._task)

    def __await__(self) -> Generator[str]:
        while not self._set:
            yield BLOCKED


class HandLoop:
    """As much of an event loop as a contended lock needs."""

    def __init__(self) -> None:
        self.current: Task | None = None
        self.tasks: list[Task] = []  #: those that can go on

    def create_future(self) -> _Turn:
        """A future of the task that runs now."""
        return _Turn(self)

    def wake(self, task: Task) -> None:
        """The task can go on."""
        if not task.runnable and not task.done:
            task.runnable, task.sleeping = True, False
            self.tasks.append(task)

    @contextmanager
    def running(self) -> Generator[None]:
        """Be the running loop of this thread."""
        asyncio._set_running_loop(cast("asyncio.AbstractEventLoop", self))
        try:
            yield
        finally:
            asyncio._set_running_loop(None)
