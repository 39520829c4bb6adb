"""What a draw costs where there are a hundred times more layers: store included, p50 and p99.

Two shapes: many ledgers with a layer each, and one ledger with open and exhausted layers. Layers are opened
by commits of many facts, sealed in their chains, as years of admissions would leave them; exhausted layers
were exhausted by real draws. Then the journal of the service loads and draws, on SQLite.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Message
from ftz_common.contracts import table
from ftz_common.contracts.commit import Commit, Recorded, StoredCommit, seal
from ftz_common.contracts.common import EventRef
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import DrawRequested, LayerOpened
from ftz_common.flow.aggregate import Aggregate, Context, Done, Work
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.journal import Journal
from ftz_common.process import loop
from ftz_common.store.sqlite import SqliteFile
from ftz_common.values.names import derived_id
from ftz_inventory.domain.identity import layer_id, ledger_stream
from ftz_inventory.domain.ledger import InZone
from ftz_inventory.usecases import LEDGERS

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
FIRST = datetime(2020, 1, 1, 12, tzinfo=UTC)
LAYERS_A_COMMIT = 400
COMMITS_AT_ONCE = 2_000
DRAWS_AT_ONCE = 25
WARM = 250
PIECES = Decimal(1000)  #: in a layer


class _NoBus(MemoryBus):
    """Nobody listens: the cost of a draw is what is measured."""

    async def publish(self, messages: Sequence[Message]) -> None:
        return


@dataclass(frozen=True)
class Quantiles:
    """Microseconds per draw, each the share of a draw in its batch."""

    p50: float
    p99: float


def ledger(number: int) -> str:
    """One ledger's stream."""
    return ledger_stream("999", "site-1", "acme", f"U{number}")


def layer(stream: str, number: int) -> LayerOpened:
    """One of a thousand pieces, a minute after the one before it."""
    at, admission = FIRST + timedelta(minutes=number), f"admission/acme/shop/S{number}"
    return LayerOpened(
        layer=layer_id(admission, 1, "R1"),
        zone="999",
        site="site-1",
        account="acme",
        uin=stream.rsplit("/", 1)[1],
        admission=admission,
        admission_number=f"999-26-{number:08}",
        line=1,
        receipt="R1",
        admitted_on=at.date().isoformat(),
        admitted_at=at.isoformat().replace("+00:00", "Z"),
        quantity=PIECES,
        unit="No.",
        value=Decimal("1234.56"),
        status="N",
        pf_filed_on=None,
        origin="PT",
        number="6912004400",
        revision="test-1",
        decision="d",
        timezone="America/New_York",
        week_starts=6,
        measures=[],
    )


def sealed(stream: str, version: int, seq: int, previous: str, facts: Sequence[LayerOpened]) -> StoredCommit:
    """A commit of admissions that nobody decided: it is as the journal would have written it."""
    kind = table.BY_FACT["inventory", LayerOpened].type
    return seal(
        Commit(
            stream=stream,
            version=version,
            scope=stream,
            cause=derived_id("stocking", stream, str(version)),
            cause_digest="0" * 64,
            occurred_at="2026-01-01T00:00:00Z",
            recorded_at="2026-01-01T00:00:00Z",
            actor="bench",
            writer="inventory-stocking",
            seq=seq,
            previous_hash=previous,
            facts=[Recorded(kind, msgspec.Raw(msgspec.json.encode(fact))) for fact in facts],
            account="acme",
            zone="999",
        )
    )


def draw_of(stream: str, number: int, quantity: Decimal) -> Work:
    """An export that takes so many."""
    request = DrawRequested(
        to=stream,
        draw=f"draw-{number}",
        reservation="",
        order=f"order/acme/shop/O{number}",
        line=1,
        parcel="P1",
        quantity=quantity,
        unit="No.",
        disposition="export",  # asks no cover: the ledger alone is measured
        destination_country="CA",
        removed_at="2026-05-01T12:00:00Z",
        event=EventRef(source="shop", event=f"e{number}"),
    )
    cause = derived_id("draw", stream, str(number))
    command = InZone(request, "America/New_York", 6)
    return Work(LEDGERS, stream, command, cause, "", AT, Context("bench", "", "acme", "999"))


def _decide(_ledger: object, facts: Sequence[Fact], _at: datetime) -> Sequence[Fact]:
    return facts


#: The ledger, but it takes whatever it is told: many admissions in one commit.
_STOCKING = Aggregate(LEDGERS.kind, LEDGERS.state, LEDGERS.start, _decide, LEDGERS.evolve)


def _opened(stream: str, layers: Sequence[LayerOpened]) -> Work:
    cause = derived_id("stocking", layers[0].layer)
    return Work(_STOCKING, stream, layers, cause, "", AT, Context("bench", "", "acme", "999"))


async def executed(journal: Journal, works: list[Work]) -> None:
    """Every work done, or an error."""
    for result in await journal.execute(works):
        if not isinstance(result, Done) or result.refusal is not None:
            raise RuntimeError(f"{result}")


async def _timed(journal: Journal, works: list[Work]) -> Quantiles:
    """Draws in small batches, as they come; the first ones warm up."""
    await executed(journal, works[:WARM])
    seconds: list[float] = []
    gc.collect()
    for start in range(WARM, len(works), DRAWS_AT_ONCE):
        batch = works[start : start + DRAWS_AT_ONCE]
        begun = time.perf_counter()
        await executed(journal, batch)
        seconds.append((time.perf_counter() - begun) / len(batch) * 1e6)
    seconds.sort()
    return Quantiles(seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100])


def journal_of(file: SqliteFile) -> Journal:
    """The journal of the service, on a file, as a process of its own would have it."""
    return Journal(service="inventory", store=file.store("inventory"), bus=_NoBus(), clock=PlayedClock(AT))


def _told_to_go() -> None:
    """Stocked: so that several can stock side by side, and each is measured alone, the caller says when."""
    print("stocked", flush=True)
    sys.stdin.readline()


async def many_ledgers(file: SqliteFile, layers: int, draws: int) -> Quantiles:
    """So many ledgers of one layer; draws go over all of them, so that each must be read first."""
    store = file.store("inventory")
    for start in range(0, layers, COMMITS_AT_ONCE):
        numbers = range(start, min(layers, start + COMMITS_AT_ONCE))
        await store.insert([sealed(ledger(n), 1, n + 1, "", [layer(ledger(n), n)]) for n in numbers])
    _told_to_go()
    works = [draw_of(ledger(n * layers // draws), n, Decimal(1)) for n in range(draws)]
    return await _timed(journal_of(file), works)


async def one_ledger(file: SqliteFile, opened: int, exhausted: int, draws: int) -> Quantiles:
    """One ledger with so many open and exhausted layers: each opened, most of them drawn as time went on."""
    journal = journal_of(file)
    await stock_one(journal, opened, exhausted)
    _told_to_go()
    return await _timed(journal, [draw_of(ledger(0), n, Decimal(1)) for n in range(draws)])


async def stock_one(journal: Journal, opened: int, exhausted: int) -> None:
    """Open them all in one ledger, and draw what is to be exhausted."""
    stream = ledger(0)
    for start in range(0, opened + exhausted, LAYERS_A_COMMIT):
        numbers = range(start, min(opened + exhausted, start + LAYERS_A_COMMIT))
        await executed(journal, [_opened(stream, [layer(stream, n) for n in numbers])])
        if (left := min(LAYERS_A_COMMIT, start + LAYERS_A_COMMIT - opened, exhausted)) > 0:
            await executed(journal, [draw_of(stream, 1_000_000_000 + start, PIECES * left)])


async def _run(shape: str, folder: Path, layers: int, exhausted: int, draws: int) -> Quantiles:
    file = SqliteFile(folder / "draws.db")
    try:
        if shape == "many":
            return await many_ledgers(file, layers, draws)
        return await one_ledger(file, layers, exhausted, draws)
    finally:
        await file.close()


def main() -> None:
    """`python -m bench.draws SHAPE FOLDER LAYERS EXHAUSTED DRAWS`: one shape in a process of its own.

    Prints `stocked` and waits for a line (or the end) of standard input; then measures, and prints the
    quantiles and the most memory that the process ever held, in MB.
    """
    shape, folder, *numbers = sys.argv[1:]
    found = loop.run(_run(shape, Path(folder), *map(int, numbers)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"p50": found.p50, "p99": found.p99, "rss": peak}))


if __name__ == "__main__":
    main()
