"""A week of many order lines closed into one entry: `python -m bench.week [LINES]`.

Withdrawals are offered to the entry through the journal of the duty service on SQLite, as the week goes; then
the week ends, and another process closes it: it reads the entry from its file, compares it with inventory's
counts, asks for the rates, compiles lines, fee and filing, and stores them. Closing is what is timed, the
cold start included. What left stands in the lines exactly once, or the figure is void.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.draws import _NoBus
from ftz_common.contracts.common import DeadlineSet, NumberAssigned
from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryLine,
    EntryLineOffered,
    EntryLinesCompiled,
    EstimateLine,
    EstimateProposed,
    PricedPiece,
    PricesRequested,
)
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.contracts.inventory import CoverTotalled
from ftz_common.flow.aggregate import Context, Done, Work
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.journal import Journal
from ftz_common.store.sqlite import SqliteFile
from ftz_common.values.exact import ZERO, to_dollars
from ftz_common.values.names import derived_id, stream_name
from ftz_duty.domain.entry import Told
from ftz_duty.domain.entry_compile import Compile
from ftz_duty.domain.entry_state import EntryState
from ftz_duty.domain.goods_key import cover_stream, entry_stream
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.worksheet import groups_of_lines
from ftz_duty.usecases import ENTRY

LINES, BATCH = 200_000, 250
#: Numbers, of two origins each, and how many layers each of them has.
NUMBERS, LAYERS = 100, 50
WEEK, ZONE, ACCOUNT = "2026-03-08", "999", "acme"
STREAM = entry_stream(ZONE, ACCOUNT, WEEK)
BEFORE, NOON, AFTER = (datetime(2026, 3, day, 18, tzinfo=UTC) for day in (7, 10, 19))
SETTINGS: dict[str, Any] = {
    "timezone": "America/Chicago",
    "week_starts": 6,
    "port": "3901",
    "firms": "H123",
    "filer": "XYZ",
    "importer_of_record": "party",
    "zone_id": "9990001",
    "importer_ior": "99-9999999XX",
}


def goods(at: int) -> tuple[str, str]:
    """Number and origin of the so-manieth order line."""
    return f"69120{at % NUMBERS:05d}", "CN" if at // NUMBERS % 2 else "PT"


def piece(at: int) -> PricedPiece:
    """What the so-manieth order line took of its layer."""
    number, origin = goods(at)
    layer = at % (NUMBERS * 2 * LAYERS)
    return PricedPiece(
        layer=f"admission/acme/shop/s-{layer}#1#r-1",
        admission_number=f"999-26-{layer:06d}",
        status="N",
        origin=origin,
        number=number,
        revision="rev 4",
        decision="d",
        quantity=Decimal(1 + at % 7),
        unit="No.",
        value=Decimal(503 + at % 97) / 100,
        rate_text="9.8%",
        rate_from=number[:8],
        duty=ZERO,
    )


def offer(at: int) -> EntryLineOffered:
    """The so-manieth priced withdrawal."""
    return EntryLineOffered(
        to=STREAM,
        withdrawal=f"w-{at}",
        order=f"order/acme/shop/o-{at // 2}",
        line=1 + at % 2,
        removed_on="2026-03-10",
        pieces=[piece(at)],
        **SETTINGS,
    )


def left(lines: int) -> dict[tuple[str, str], list[Decimal]]:
    """By number and origin: quantity, value and withdrawals."""
    found: dict[tuple[str, str], list[Decimal]] = {}
    for at in range(lines):
        taken, sums = piece(at), found.setdefault(goods(at), [ZERO, ZERO, ZERO])
        for index, amount in enumerate((taken.quantity, taken.value, Decimal(1))):
            sums[index] += amount
    return found


def estimate(sums: dict[tuple[str, str], list[Decimal]]) -> EstimateProposed:
    """Everything that will leave is asked for."""
    lines = [
        EstimateLine(number=number, status="N", origin=origin, unit="No.", quantity=quantity, value=value)
        for (number, origin), (quantity, value, _) in sorted(sums.items())
    ]
    return EstimateProposed(
        to=STREAM,
        account=ACCOUNT,
        lines=lines,
        supplement=False,
        basis="a bench",
        compile_grace_days=2,
        **SETTINGS,
    )


class Office:
    """The journal of duty, told what others say."""

    def __init__(self, file: SqliteFile) -> None:
        self._journal = Journal(
            service="duty", store=file.store("duty"), bus=_NoBus(), clock=PlayedClock(AFTER)
        )
        self._told = 0

    async def told(self, facts: Iterable[Any], at: datetime) -> list[Any]:
        """What the entry says to that."""
        works = [self._work(fact, at) for fact in facts]
        said: list[Any] = []
        for result in await self._journal.execute(works):
            if not isinstance(result, Done) or result.refusal is not None:
                raise RuntimeError(f"{result}")
            said.extend(result.facts)
        return said

    def _work(self, fact: Any, at: datetime) -> Work:
        self._told += 1
        command = fact if isinstance(fact, DeadlineSet) else Told(fact, at)
        cause = derived_id("bench", at.isoformat(), str(self._told))
        return Work(ENTRY, STREAM, command, cause, "", at, Context("bench", "", ACCOUNT, ZONE))

    async def snapshot(self) -> None:
        """As the service does about once a second."""
        await self._journal.flush()
        await self._journal.snapshots.make_wanted()

    async def entry(self) -> EntryState:
        """The entry as it stands."""
        _, state = await self._journal.state(ENTRY, STREAM)
        return state


def batches(lines: int) -> Iterator[list[EntryLineOffered]]:
    """Offers as they come from the topic."""
    for first in range(0, lines, BATCH):
        yield [offer(at) for at in range(first, min(lines, first + BATCH))]


async def week(office: Office, lines: int, progress: Progress) -> list[DeadlineSet]:
    """The week as it goes; its clocks."""
    sums = left(lines)
    said = await office.told([estimate(sums)], BEFORE)
    said += await office.told([NumberAssigned(to=STREAM, series="s", number=7, purpose=STREAM)], BEFORE)
    released = FilingAnswered(
        to=STREAM,
        kind="3461",
        control="XYZ-2600007-2",
        attempt=1,
        accepted=True,
    )
    said += await office.told([released], BEFORE)
    taking = progress.add_task("order lines into the entry", total=lines)
    for at, batch in enumerate(batches(lines)):
        await office.told(batch, NOON)
        progress.advance(taking, len(batch))
        if at % 40 == 39:
            await office.snapshot()
    totals = [
        CoverTotalled(
            to=STREAM,
            cover=cover_stream(ZONE, ACCOUNT, WEEK, stream_name(number, "N", origin, "No.")),
            quantity=quantity,
            withdrawals=int(withdrawals),
        )
        for (number, origin), (quantity, _, withdrawals) in sorted(sums.items())
    ]
    await office.told(totals, AFTER)
    await office.snapshot()
    return [fact for fact in said if isinstance(fact, DeadlineSet)]


async def closed(office: Office, clocks: Sequence[DeadlineSet], progress: Progress) -> list[Any]:
    """The week is over: until its summary is stored."""
    steps = progress.add_task("closing: read, compared, priced, compiled", total=4)
    await office.entry()
    progress.advance(steps)
    ends = next(clock for clock in clocks if clock.name == "week-ends")
    said = await office.told([ends], AFTER)
    grace = next(fact for fact in said if isinstance(fact, DeadlineSet))
    progress.advance(steps)
    (asked,) = [f for f in await office.told([grace], AFTER) if isinstance(f, PricesRequested)]
    rates = tuple(
        StatedRate(w.number, w.origin, w.on, "rev 4", "general", "9.8%", w.number[:8], entered=w.entered)
        for w in asked.wanted
    )
    progress.advance(steps)
    said = await office.told([Compile(asked.round, "rev 4", rates)], AFTER)
    progress.advance(steps)
    return said


def lost(said: Sequence[Any], state: EntryState, lines: int) -> str:
    """What is not in the lines as it left; "" when every layer stands there exactly once."""
    compiled = next((fact for fact in said if isinstance(fact, EntryCompiled)), None)
    if compiled is None:
        return f"not compiled: {state.waits[:3]}"
    shown: list[EntryLine] = [line for f in said if isinstance(f, EntryLinesCompiled) for line in f.lines]
    expected: dict[tuple[str, str, str], list[Decimal]] = {}
    for at in range(lines):
        taken = piece(at)
        sums = expected.setdefault((taken.number, taken.origin, taken.layer), [ZERO, ZERO])
        sums[0] += taken.quantity
        sums[1] += taken.value
    found = {
        (group.number, group.origin, name): [share.quantity, share.value]
        for group in groups_of_lines(state).values()
        for name, share in group.layers.items()
    }
    if found != expected:
        return f"{len(expected)} layers left, {len(found)} are in the lines, or not with what left of them"
    values = {key: sums[1] for key, sums in left(lines).items()}
    wrong = [
        line.line for line in shown if line.entered_value != to_dollars(values[line.number, line.origin])
    ]
    return f"lines {wrong[:5]} are not worth what left" if wrong or len(shown) != len(values) else ""


async def _run(folder: Path, lines: int, console: Console) -> dict[str, Any]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        file = SqliteFile(folder / "week.db")
        begun = time.perf_counter()
        clocks = await week(Office(file), lines, progress)
        taken = time.perf_counter() - begun
        await file.close()
        file = SqliteFile(folder / "week.db")
        begun = time.perf_counter()
        office = Office(file)
        said = await closed(office, clocks, progress)
        seconds = time.perf_counter() - begun
        void = lost(said, await office.entry(), lines)
        await file.close()
    if void:
        raise RuntimeError(void)
    compiled = next(fact for fact in said if isinstance(fact, EntryCompiled))
    return {
        "week_order_lines": lines,
        "week_entry_lines": compiled.line_count,
        "week_taken_per_second": round(lines / taken),
        "week_closed_seconds": round(seconds, 2),
    }


def figures(folder: Path, lines: int = LINES, console: Console | None = None) -> dict[str, Any]:
    """Order lines a second into the entry, and seconds to close it."""
    return asyncio.run(_run(folder, lines, console or Console(stderr=True)))


def main() -> None:
    """The figures as JSON; progress goes to standard error."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    with tempfile.TemporaryDirectory(prefix="ftz-bench-week-") as folder:
        print(json.dumps(figures(Path(folder), lines), indent=2))


if __name__ == "__main__":
    main()
