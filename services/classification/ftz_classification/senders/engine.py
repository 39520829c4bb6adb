"""The engine's port: many descriptions in, as many proposals out, never on the loop.

The engine computes in one process of its own, loaded when first asked. What it says depends on what it was
given and on the prepared folder alone, not on time or order.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from ftz_classification.domain.proposal import Made, Wanted
from ftz_classification.senders import engine_process
from ftz_classification.settings import EngineSettings

_log = logging.getLogger(__name__)
_NEEDED = ("numpy", "bm25s", "lightgbm", "tokenizers")


class EngineState(msgspec.Struct, frozen=True):
    """What `/status` says: `why` is what to do where nothing is proposed; `off` what it works without."""

    state: Literal["off", "idle", "loading", "ready", "failed"]
    why: str = ""
    model: str = ""
    off: list[str] = []


class Engine(Protocol):
    """Proposes numbers."""

    @property
    def status(self) -> EngineState:
        """Where it stands; "off" never proposes."""
        ...

    def ready(self, schedule: str) -> bool:
        """True when proposals under the schedule of that SHA-256 come at once, or never."""
        ...

    def warm(self, schedule: str, content: bytes) -> None:
        """Begin to load what that schedule needs, if it was not begun; returns at once."""
        ...

    async def propose(self, wanted: Sequence[Wanted], schedule: bytes) -> list[Made] | None:
        """One proposal for each, in order, all of one revision; None when the engine cannot work."""
        ...


class NoEngine:
    """Nothing is proposed: people classify with what is remembered."""

    def __init__(self, why: str) -> None:
        self.status = EngineState("off", why)

    def ready(self, schedule: str) -> bool:
        """There is nothing to wait for."""
        return True

    def warm(self, schedule: str, content: bytes) -> None:
        """There is nothing to load."""

    async def propose(self, wanted: Sequence[Wanted], schedule: bytes) -> list[Made] | None:
        """Nothing."""
        return None


class EngineProcess:
    """The engine in a process of its own: a crash or a long computation does not touch the service."""

    def __init__(
        self,
        directory: Path,
        data: Path | None,
        *,
        vectors: bool = True,
        llm: Mapping[str, Any] | None = None,
    ) -> None:
        """`llm`: fields of the endpoint of a language model; None: none is asked."""
        self.status = EngineState("idle")
        self._given = (str(directory), str(data or directory), vectors, dict(llm) if llm else None)
        self._pool: ProcessPoolExecutor | None = None
        self._loading: asyncio.Task[bool] | None = None
        self._warming: dict[str, asyncio.Task[None]] = {}

    def ready(self, schedule: str) -> bool:
        """See `Engine`. What failed is tried again by who asks, not waited for."""
        task = self._warming.get(schedule)
        return self.status.state == "failed" or (task is not None and task.done())

    def warm(self, schedule: str, content: bytes) -> None:
        """Start the process, load memory and model, and index the schedule."""
        if schedule not in self._warming:
            self._warming[schedule] = asyncio.get_running_loop().create_task(self._index(schedule, content))

    async def propose(self, wanted: Sequence[Wanted], schedule: bytes) -> list[Made] | None:
        """See `Engine`. A process that died is started again, once for each batch."""
        sha256, asked, begins = wanted[0].schedule, _asked(wanted), wanted[0].effective_from
        for _ in range(2):
            self.warm(sha256, schedule)
            await self._warming[sha256]
            if self.status.state == "failed":
                self._loading = None
                self._warming.clear()
                return None
            try:
                found = await self._run(engine_process.propose, sha256, None, asked, begins)
                if found is None:  # other schedules took its place
                    found = await self._run(engine_process.propose, sha256, schedule, asked, begins)
            except BrokenProcessPool:
                _log.exception("the engine's process ended; it is started again")
                self.close()
                continue
            made = [msgspec.convert(one, Made) for one in found]
            version = made[0].model.split("+")[0]
            if version != self.status.model:  # a person promoted another
                self.status = EngineState("ready", model=version, off=list(made[0].off))
            return made
        self.status = EngineState("failed", "the engine's process ends whenever it is asked: see the log")
        return None

    async def _index(self, schedule: str, content: bytes) -> None:
        if self._loading is None:
            self._loading = asyncio.get_running_loop().create_task(self._load())
        if not await self._loading:
            return
        ready, self.status = self.status, EngineState("loading", model=self.status.model)
        try:
            await self._run(engine_process.index, schedule, content)
        except Exception as error:
            self._fail(error)
            return
        self.status = ready

    async def _load(self) -> bool:
        self.status = EngineState("loading")
        try:
            told = await self._run(engine_process.load, *self._given)
        except Exception as error:
            self._fail(error)
            return False
        self.status = EngineState("ready", model=told["model"], off=told["off"])
        return True

    def _fail(self, error: Exception) -> None:
        _log.error("the engine cannot be loaded: parts wait for a person without a proposal", exc_info=error)
        self.status = EngineState("failed", f"{type(error).__name__}: {error}")

    async def _run(self, work: Any, *arguments: Any) -> Any:
        if self._pool is None:
            # Not a fork: the loop's threads and locks are not the engine's business.
            self._pool = ProcessPoolExecutor(1, get_context("spawn"), engine_process.begin)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        except asyncio.CancelledError:
            self.close()  # the service leaves: nobody wants what the process still computes
            raise

    def close(self) -> None:
        """End the process, also in the middle of its work; the next call starts another."""
        if self._pool is not None:
            for process in list(self._pool._processes.values()):  # there is no public way to stop it now
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool, self._loading = None, None
        self._warming.clear()


def _asked(wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    return [
        {"title": w.description, "attributes": w.attributes, "account": w.account, "part": w.uin}
        for w in wanted
    ]


def configured(settings: EngineSettings) -> Engine:
    """The engine that the settings ask for, not yet loaded; or why there is none, and what to do."""
    if settings.classify_dir is None:
        return NoEngine(
            "not set up: prepare data with `ftz classify data`, set FTZ_CLASSIFY_DIR to the folder"
        )
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        return NoEngine(f"the engine needs {', '.join(missing)}, not installed: `make engine`")
    if not settings.classify_dir.is_dir():
        return NoEngine(f"there is no folder {settings.classify_dir}: prepare it with `ftz classify data`")
    return EngineProcess(
        settings.classify_dir, settings.data, vectors=settings.classify_vectors, llm=endpoint(settings)
    )


def endpoint(settings: EngineSettings) -> dict[str, Any] | None:
    """The endpoint of a language model, as the engine takes it; None unless address and name are given."""
    if not settings.llm_url or not settings.llm_model:
        return None
    return {
        "url": settings.llm_url,
        "name": settings.llm_model,
        "key": settings.llm_key.get_secret_value(),
        "seconds": settings.llm_seconds,
        "budget": settings.llm_budget,
    }
