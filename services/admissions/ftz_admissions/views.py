"""The list of admissions: a row per 214."""

import msgspec

from ftz_admissions.domain.admission_state import Admission
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.journal import Journal
from ftz_common.flow.rows import Shown, StreamRows, by_stream, decoded

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
    admission_type: str = "A"
    it_number: str = ""
    suspense: list[str] = []  #: counts of goods that nobody announced
    deposit: bool = False  #: in temporary deposit: no stock
    here_since: str = ""  #: of either
    clocks: list[str] = []  #: that run, or ran out, with their last day


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
            line.discrepancy is not None and line.discrepancy.counted != line.announced.quantity
            for line in state.lines.values()
        ),
        admission_type=state.particulars.admission_type,
        it_number=state.conveyance.it_number if state.conveyance else "",
        suspense=sorted(state.kept),
        deposit=_deposited(state),
        here_since=min((r.counted_at for r in (*state.kept.values(), *state.receipts.values())), default=""),
        clocks=[f"{key} by {clock.act_by}" for key, clock in state.clocks.items()],
    )


def _deposited(state: Admission) -> bool:
    """Goods in customs territory until their complete 214 is permitted (19 CFR 146.35(c))."""
    if state.particulars.admission_type == "T":
        return bool(state.receipts)
    return bool(state.deposit_number) and state.phase != "authorized"


class AdmissionRows(StreamRows):
    """The projection behind `GET /v1/admissions`."""

    def __init__(self, journal: Journal, admission: Aggregate) -> None:
        super().__init__(journal, TABLE, [Shown(admission, by_stream(row_of))])

    async def rows(self, prefix: str, after: str, limit: int) -> list[AdmissionRow]:
        """Rows in the order of their streams."""
        return decoded(await self.bodies(prefix, after, limit), AdmissionRow)
