"""The list of admissions: a row per 214, always a fold of its own stream.

What is heard on the topic only says which streams moved. The row is made from the journal, at the
version it says, and only ever moves forward: heard twice, late or after a crash, it comes out the same.
"""

from collections.abc import Iterator

import msgspec

from ftz_admissions.domain.admission_state import Admission
from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.contracts.commit import StoredCommit
from ftz_common.contracts.envelope import Envelope
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.folding import Live, begin, fold
from ftz_common.store.port import Store, StoreRow

TABLE = "view.admissions"


class AdmissionRow(msgspec.Struct):
    """One 214 in the list. `through`: the version of its stream that it shows."""

    stream: str
    through: int
    account: str
    issuer: str
    shipment: str
    zone: str
    number: str
    phase: str
    attempt: int
    holds: list[str]
    lines: int
    authorized_at: str
    arrived_at: str
    concurred_at: str
    with_discrepancy: bool


def row_of(state: Admission, version: int) -> AdmissionRow:
    """The row of an admission at a version."""
    return AdmissionRow(
        stream=state.stream,
        through=version,
        account=state.account,
        issuer=state.issuer,
        shipment=state.shipment,
        zone=state.terms.zone if state.terms else "",
        number=state.number,
        phase="concurred" if state.concurred_at else state.phase,
        attempt=state.attempt,
        holds=[hold.code for hold in state.holds],
        lines=len(state.lines),
        authorized_at=state.authorized_at,
        arrived_at=state.arrived_at,
        concurred_at=state.concurred_at,
        with_discrepancy=any(
            line.said_counted not in (None, line.announced.quantity) for line in state.lines.values()
        ),
    )


def _folded(aggregate: Aggregate, commits: list[StoredCommit]) -> Iterator[AdmissionRow]:
    live: dict[str, Live] = {}
    for stored in commits:
        fold(aggregate, live.setdefault(stored.stream, begin(aggregate, stored.stream)), stored)
    for folded in live.values():
        yield row_of(folded.state, folded.version)


class AdmissionRows:
    """The projection behind `GET /v1/admissions`."""

    topics = (table.home("admissions"),)

    def __init__(self, store: Store, admission: Aggregate) -> None:
        self._store = store
        self._admission = admission
        self._prefix = f"{admission.kind}/"

    async def take(self, deliveries: list[tuple[Envelope, Delivery]]) -> None:
        """Make the rows of the admissions that moved."""
        streams = {e.stream for e, _ in deliveries if e.stream.startswith(self._prefix)}
        if not streams:
            return
        for row in _folded(self._admission, await self._store.read(dict.fromkeys(sorted(streams), 0))):
            await self._forward(row)

    async def _forward(self, row: AdmissionRow) -> None:
        while True:
            before = (await self._store.get(TABLE, [row.stream])).get(row.stream)
            if before is not None and msgspec.json.decode(before, type=AdmissionRow).through > row.through:
                return
            if await self._store.swap(TABLE, row.stream, before, msgspec.json.encode(row)):
                return

    async def rows(self, prefix: str, after: str, limit: int) -> list[AdmissionRow]:
        """Rows in the order of their streams."""
        found = await self._store.scan(TABLE, prefix=prefix, after=after, limit=limit)
        return [msgspec.json.decode(row.body, type=AdmissionRow) for row in found]

    async def rebuilt(self) -> list[StoreRow]:
        """Every row as the journal alone gives it, to compare with the live ones."""
        rows: list[StoreRow] = []
        stream: list[StoredCommit] = []
        async for stored in self._store.commits(self._prefix):
            if stream and stored.stream != stream[0].stream:
                rows.extend(self._stored(stream))
                stream = []
            stream.append(stored)
        return [*rows, *self._stored(stream)]

    def _stored(self, commits: list[StoredCommit]) -> list[StoreRow]:
        return [StoreRow(r.stream, msgspec.json.encode(r)) for r in _folded(self._admission, commits)]
