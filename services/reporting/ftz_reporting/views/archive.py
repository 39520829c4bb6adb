"""Reading the archive: streams, commits, what refers to a stream, what a typed name may mean."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from ftz_common.contracts.commit import StoredCommit, rebuilt
from ftz_common.contracts.envelope import Envelope
from ftz_common.store.port import Store, StoreRow
from ftz_reporting.domain.index import name_key
from ftz_reporting.domain.places import after_version, commit_key
from ftz_reporting.domain.told import Told
from ftz_reporting.views import tables
from ftz_reporting.views.derived import fact_of
from ftz_reporting.views.projection import contiguous
from ftz_reporting.views.tables import ARCHIVE, DAMAGE, GAPS, INDEX, NAMES, UNREAD

_PAGE = 1000


class OpenGap(NamedTuple):
    """A stream whose facts came without those before them. Parked: nobody expects them any more."""

    stream: str
    missing: int
    seen: int
    since: str
    state: Literal["waiting", "parked"]


class Named(NamedTuple):
    """What a typed name may mean: "order" in order/acme/shop/1001, said at `place`."""

    what: str
    stream: str
    place: str


class Damage(NamedTuple):
    """A place in the archive that cannot be as it was published, and why."""

    place: str
    why: str


def told(body: bytes) -> Told:
    """An archived row as a fact; raises msgspec's errors for damaged bytes."""
    envelope = tables.envelope(body)
    try:
        return Told(envelope, fact_of(envelope))
    except (KeyError, msgspec.DecodeError):
        return Told(envelope, None)


class Archive:
    """The archive in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def rows(self, table: str, prefix: str = "", after: str = "") -> AsyncIterator[StoreRow]:
        """Every row of a table under a prefix, in key order, behind the key `after`."""
        while page := await self.store.scan(table, prefix=prefix, after=after, limit=_PAGE):
            for row in page:
                yield row
            after = page[-1].key

    async def stream(self, stream: str) -> list[Told]:
        """The facts of a stream, in order."""
        return [told(row.body) async for row in self.rows(ARCHIVE, f"{stream} ")]

    async def published(self, stream: str, after: int = 0) -> list[bytes]:
        """The envelopes of a stream as they were published, of versions later than `after`."""
        start = after_version(stream, after)
        return [row.body async for row in self.rows(ARCHIVE, f"{stream} ", start)]

    async def at(self, places: Sequence[str]) -> dict[str, Told]:
        """The facts at these places, as far as they are here."""
        return {key: told(body) for key, body in (await self.store.get(ARCHIVE, places)).items()}

    async def referring(self, stream: str) -> list[str]:
        """The places of the facts of other streams that refer to this one."""
        return [row.key.split(" ", 1)[1] async for row in self.rows(INDEX, f"{stream} ")]

    async def named(self, name: str) -> list[Named]:
        """What a name, as people type it, may mean."""
        found: list[Named] = []
        async for row in self.rows(NAMES, f"{name_key(name)} "):
            place = row.key.split(" ", 1)[1]
            found.append(Named(row.body.decode(), place.split(" ")[0], place))
        return found

    async def commits(self) -> AsyncIterator[tuple[list[StoreRow], list[Envelope] | Damage]]:
        """The archived rows, one group per commit, by stream and version; or why a row cannot be read."""
        rows: list[StoreRow] = []
        parts: list[Envelope] = []
        async for row in self.rows(ARCHIVE):
            if rows and commit_key(row.key) != commit_key(rows[0].key):
                yield rows, parts
                rows, parts = [], []
            try:
                parts.append(tables.envelope(row.body))
            except msgspec.DecodeError as error:
                yield [row], Damage(row.key, f"its bytes are no envelope: {error}")
            else:
                rows.append(row)
        if rows:
            yield rows, parts

    async def gaps(self, now: datetime, wait: timedelta) -> list[OpenGap]:
        """Streams with a gap, looked at again in the archive; parked once the gap is older than `wait`."""
        found: list[OpenGap] = []
        async for row in self.rows(GAPS):
            gap = tables.gap(row.body)
            through, seen = await contiguous(self.store, gap.stream, gap.missing - 1)
            if seen > through:
                parked = now - datetime.fromisoformat(gap.since) >= wait
                state: Literal["waiting", "parked"] = "parked" if parked else "waiting"
                found.append(OpenGap(gap.stream, through + 1, seen, gap.since, state))
        return found

    async def damages(self) -> list[Damage]:
        """Envelopes that came again with other bytes, and facts that this build could not read."""
        found = [
            Damage(row.key.rpartition(" ")[0], "came again with other bytes, which are kept beside it")
            async for row in self.rows(DAMAGE)
        ]
        found += [Damage(row.key, f"not indexed: {row.body.decode()}") async for row in self.rows(UNREAD)]
        return found


def commit_of(parts: Sequence[Envelope]) -> StoredCommit | str:
    """The commit that published these envelopes, or what is missing of it."""
    first = parts[0]
    have = [part.factindex for part in parts]
    if have != list(range(first.factcount)):
        lacking = sorted(set(range(first.factcount)) - set(have))
        return f"facts {', '.join(map(str, lacking)) or 'beyond its count'} of {first.factcount} are missing"
    return rebuilt(parts)
