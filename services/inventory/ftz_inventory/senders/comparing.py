"""Holds a count against the book as soon as all of it is here: what a snapshot says costs no person a click.

Most lines agree; for them the ledger's state is enough. Only one that moved after the count, or that differs,
is read fact by fact.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ftz_common.bus.port import Delivery
from ftz_common.contracts import envelope as envelopes
from ftz_common.contracts import table
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.counts import CountCompared, Difference, GoodsCounted
from ftz_common.contracts.envelope import instant_text
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.service import Service
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import ZERO
from ftz_inventory.domain.count import CompareCount, Count
from ftz_inventory.domain.identity import ledger_stream
from ftz_inventory.domain.reconciling import differs, in_stock_unit, mixed_up, story_of
from ftz_inventory.domain.stock import Ledger

#: Differences of one commit.
PART = 500
PAGE = 500


@dataclass(frozen=True, slots=True)
class Whole:
    """A count whose last part may be here."""

    stream: str


@dataclass(slots=True)
class Tally:
    """What the comparison came to so far."""

    lines: int = 0
    matched: int = 0
    value: Decimal = ZERO


#: The UINs of an account's ledgers, a page after a stream: (stream, UIN).
Listing = Callable[[str, str, int], Awaitable[list[tuple[str, str]]]]


class Comparer:
    """Compares counts; `progress` is told how many lines are done."""

    def __init__(self, service: Service, counts: Aggregate, ledgers: Aggregate, listing: Listing) -> None:
        self.service = service
        self.counts = counts
        self.ledgers = ledgers
        self.listing = listing
        self.progress: Callable[[str, int, int], None] = lambda _count, _done, _of: None

    def read(self, delivery: Delivery) -> Whole | None:
        """The count that a delivery is about, if it is a part of one."""
        if delivery.headers.get("ce_type") != table.BY_FACT["inventory", GoodsCounted].type:
            return None
        return Whole(envelopes.decode(delivery.value).stream)

    async def do(self, jobs: list[tuple[Delivery, Whole]]) -> None:
        """Compare every count that is whole now."""
        for stream in dict.fromkeys(job.stream for _, job in jobs):
            await self.compare(stream)

    async def compare(self, stream: str) -> bool:
        """Compare one count; False when parts are missing, or it was compared before."""
        _, count = await self.service.journal.state(self.counts, stream)
        if not count.is_whole or count.compared is not None:
            return False
        tally = Tally()
        found = mixed_up([difference async for difference in self._differences(count, tally)])
        explained = sum(1 for d in found if d.verdict == "explained")
        summary = CountCompared(
            count=stream,
            kind=count.kind,
            account=count.account,
            through=count.through,
            compared_at=instant_text(self.service.ports.clock.now()),
            lines=tally.lines,
            matched=tally.matched,
            explained=explained,
            differ=len(found) - explained,
            book_value=tally.value,
            variance_value=sum((d.value for d in found if d.verdict == "discrepancy"), ZERO),
            who="clock",
        )
        await self._say(stream, count, found, summary)
        return True

    async def _say(
        self, stream: str, count: Count, found: Sequence[Difference], summary: CountCompared
    ) -> None:
        zone = self.service.reference.zones[count.zone]
        now = self.service.ports.clock.now()
        found_on = PortCalendar.of(zone.timezone).local_date(now).isoformat()
        for first in range(0, max(1, len(found)), PART):
            last = first + PART >= len(found)
            command = CompareCount(
                count.zone,
                count.account,
                found_on,
                tuple(found[first : first + PART]),
                summary if last else None,
            )
            await self.service.command(
                self.counts,
                stream,
                command,
                principal="comparer",
                idempotency_key=f"{stream} {first}",
                account=count.account,
                zone=count.zone,
            )

    async def _differences(self, count: Count, tally: Tally) -> AsyncIterator[Difference]:
        counted: dict[str, dict[str, Decimal]] = {}
        for line in count.lines:
            units = counted.setdefault(line.uin, {})
            units[line.unit] = units.get(line.unit, ZERO) + line.quantity
        zone = self.service.reference.zones[count.zone]
        asked = list(counted)
        if count.complete:
            asked += [uin for uin in await self._known(count.account) if uin not in counted]
        for first in range(0, len(asked), PAGE):
            page = {
                ledger_stream(count.zone, zone.site.id, count.account, uin): uin
                for uin in asked[first : first + PAGE]
            }
            states = await self.service.journal.states(dict.fromkeys(page, self.ledgers))
            for stream, (_, state) in states.items():
                lines = counted.get(page[stream], {})
                tally.lines += 1
                tally.value += state.worth
                if _agrees(state, lines, count.through):
                    tally.matched += 1
                    continue
                one = await self._one(stream, state, lines, count.through)
                tally.matched += not one
                for difference in one:
                    yield difference
            self.progress(count.stream, min(first + PAGE, len(asked)), len(asked))

    async def _known(self, account: str) -> list[str]:
        """Every UIN of the account that the list knows, in its order."""
        found: list[str] = []
        after = ""
        while page := await self.listing(account, after, PAGE):
            found += [uin for _, uin in page]
            after = page[-1][0]
        return found

    async def _one(
        self, stream: str, state: Ledger, counted: dict[str, Decimal], through: str
    ) -> list[Difference]:
        story = story_of(await self._facts(stream))
        inside = _by_stock_unit(state, counted)
        units = sorted({*inside, *story.moments})
        at = parse_instant(through)
        found = [differs(state, story, unit, inside.get(unit, ZERO), at) for unit in units]
        return [difference for difference in found if difference is not None]

    async def _facts(self, stream: str) -> list[Any]:
        stored = await self.service.ports.store.read({stream: 0})
        recorded = [fact for commit in stored for fact in unseal(commit).facts]
        return [table.decoder(fact.type).decode(fact.data) for fact in recorded]


def _by_stock_unit(ledger: Ledger, counted: dict[str, Decimal]) -> dict[str, Decimal]:
    """What converts exactly is counted in the stock's unit; what does not, stands as it was said."""
    found: dict[str, Decimal] = {}
    for unit, quantity in counted.items():
        stock, converted = in_stock_unit(ledger, unit, quantity)
        found[stock or unit] = found.get(stock or unit, ZERO) + (converted if stock else quantity)
    return found


def _agrees(ledger: Ledger, counted: dict[str, Decimal], through: str) -> bool:
    """Nothing moved since, and what the book has is what was counted."""
    if ledger.moved_at[:19] >= through[:19]:
        return False
    book: dict[str, Decimal] = {}
    for pool, quantity in ledger.on_hand.items():
        unit = pool.split("/", 1)[1]
        book[unit] = book.get(unit, ZERO) + quantity
    return book == {unit: quantity for unit, quantity in counted.items() if quantity}
