"""Reports from the rows: read, then computed by the domain."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from ftz_common.values.names import stream_name, stream_parts
from ftz_reporting.domain.places import Place, place_of
from ftz_reporting.domain.sheet import Column, Sheet
from ftz_reporting.domain.steps import Step
from ftz_reporting.domain.stock import by_layer, by_part, stock
from ftz_reporting.domain.viewed import Answered, Viewed, outcomes_key, stock_key, withdrawals_key
from ftz_reporting.domain.week import week_sheet, withdrawals
from ftz_reporting.domain.worksheet import worksheet
from ftz_reporting.views import tables
from ftz_reporting.views.archive import Archive
from ftz_reporting.views.tables import VIEWS

#: A gap that is this old is parked: what is missing is not on its way.
GAP_WAIT = timedelta(minutes=5)


class Outcome(NamedTuple):
    """An answer to a platform's event, and where it stands."""

    place: Place
    answered: Answered


class Listed(NamedTuple):
    """An admission or an entry: its stream, its number, and its steps in order."""

    stream: str
    number: str
    steps: list[Step]


class Reports:
    """What can be asked of the views."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    async def stock(self, *within: str, as_of: str = "", now: datetime, layers: bool = False) -> Sheet:
        """Stock at the end of a local date ("": now), by part and status or by layer.

        `within`: zone, account, UIN, as far as it is asked for.
        """
        found = stock([row async for row in self._viewed(stock_key(*within) + "/")], as_of)
        notes = await self.incomplete(now, "ledger/")
        return by_layer(found, as_of, notes) if layers else by_part(found, as_of, notes)

    async def week(self, *, zone: str, account: str, week: str, now: datetime) -> Sheet:
        """The withdrawals of a local week (its first day, ISO)."""
        prefix = withdrawals_key(zone, account, week) + "/"
        found = withdrawals([row async for row in self._viewed(prefix)])
        notes = await self.incomplete(now, "ledger/")
        return week_sheet(found, zone=zone, account=account, week=week, notes=notes)

    async def worksheet(self, *, zone: str, account: str, week: str, now: datetime) -> Sheet | None:
        """The worksheet of a weekly entry; None if there is none."""
        entry = stream_name("entry", zone, account, week)
        return worksheet(entry, await self.archive.stream(entry), await self.incomplete(now, entry))

    async def outcomes(self, source: str, event: str) -> list[Outcome]:
        """Every answer to an event, the latest last.

        A refusal of another body under the same id never outranks the answer of who took the first.
        """
        found: list[Outcome] = []
        async for key, row in self._viewed(outcomes_key(source, event) + " "):
            if isinstance(row, Answered):
                found.append(Outcome(place_of(key.split(" ", 1)[1]), row))
        return sorted(found, key=_rank)

    async def listed(
        self, view: Literal["admissions", "entries"], *within: str, after: str = "", limit: int = 100
    ) -> list[Listed]:
        """Admissions or entries by stream, each with its steps; `after`: the last stream seen.

        `within`: account, of admissions; zone, or zone and account, of entries.
        """
        kind = "admission" if view == "admissions" else "entry"
        found: list[Listed] = []
        prefix = "".join(f"{part}/" for part in (view, *map(stream_name, within)))
        start = f"{view}/{after.partition('/')[2]}!" if after else ""
        async for key, row in self._viewed(prefix, start):
            stream = f"{kind}/{key.partition(' ')[0].partition('/')[2]}"
            if not isinstance(row, Step):
                continue
            if not found or found[-1].stream != stream:
                if len(found) == limit:
                    break
                found.append(Listed(stream, "", []))
            found[-1].steps.append(row)
            if row.number:
                found[-1] = found[-1]._replace(number=row.number)
        return found

    async def incomplete(self, now: datetime, prefix: str) -> list[str]:
        """A note for each stream under the prefix whose facts did not all come."""
        return [
            f"Incomplete: version {gap.missing} of {gap.stream} has not come since {gap.since} ({gap.state})."
            for gap in await self.archive.gaps(now, GAP_WAIT)
            if gap.stream.startswith(prefix)
        ]

    async def _viewed(self, prefix: str, after: str = "") -> AsyncIterator[tuple[str, Viewed]]:
        async for row in self.archive.rows(VIEWS, prefix, after):
            yield row.key, tables.viewed(row.body)


def _rank(outcome: Outcome) -> tuple[datetime, bool, Place]:
    at = datetime.fromisoformat(outcome.answered.recorded_at)
    return at, stream_parts(outcome.place.stream)[0] != "intake", outcome.place


ADMISSIONS = (
    Column("shipment", "Shipment"),
    Column("issuer", "Issuer"),
    Column("account", "Account"),
    Column("number", "214"),
    Column("state", "State"),
    Column("since", "Since"),
    Column("note", "Note"),
    Column("stream", "Stream"),
)
ENTRIES = (
    Column("zone", "Zone"),
    Column("account", "Account"),
    Column("week", "Week of"),
    Column("number", "Entry"),
    Column("state", "State"),
    Column("since", "Since"),
    Column("note", "Note"),
    Column("stream", "Stream"),
)


def admissions_sheet(listed: list[Listed]) -> Sheet:
    """The 214s with where they stand."""
    rows: list[tuple[str, ...]] = []
    for one in listed:
        _, account, issuer, shipment = stream_parts(one.stream)
        last = one.steps[-1]
        rows.append((shipment, issuer, account, one.number, last.state, last.at, last.note, one.stream))
    return _list("admissions", ADMISSIONS, rows)


def entries_sheet(listed: list[Listed]) -> Sheet:
    """The weekly entries with where they stand."""
    rows: list[tuple[str, ...]] = []
    for one in listed:
        _, zone, account, week = stream_parts(one.stream)
        last = one.steps[-1]
        rows.append((zone, account, week, one.number, last.state, last.at, last.note, one.stream))
    return _list("entries", ENTRIES, rows)


def _list(name: str, columns: tuple[Column, ...], rows: list[tuple[str, ...]]) -> Sheet:
    return Sheet(
        name=name, title=name.capitalize(), about=[], columns=columns, rows=rows, totals=[], notes=[]
    )
