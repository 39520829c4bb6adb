"""One event loop for every program: uvloop, or asyncio's own where there is none (Windows, PyPy)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

try:
    from uvloop import new_event_loop as _loop
except ImportError:  # requirements.in says where it is not installed
    _loop: Callable[[], asyncio.AbstractEventLoop] | None = None

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a loop of its own, as `asyncio.run` does."""
    with asyncio.Runner(loop_factory=_loop) as runner:
        return runner.run(main)
