"""Direct deliveries on the cumulative 214 of a business day, as the admission sees it (19 CFR 146.40(c)(1)).

With an agreement to transmit statistics directly to Census, no shipment has a 214 of its own: each business
day one 214 lists what was recorded on the business day before. The admission offers each receipt to the
stream of that day's 214, is told its number, and admits the goods as of their count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from msgspec.structs import replace as replace_part

from ftz_admissions.domain import clocks, direct
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import Admission, Line, line_key
from ftz_admissions.domain.holds import Rules
from ftz_admissions.domain.receiving import settle
from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionNumbered,
    DailyOffered,
    DailyTold,
    Hold,
    ReceiptCounted,
    ReceiptListed,
)
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.filing import FiledShipment, FilingLine, FilingRequested
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import plain, share
from ftz_common.values.names import stream_name


@dataclass(frozen=True, slots=True)
class TakeListing:
    """The cumulative 214 of a day says what became of it."""

    told: DailyTold
    now: datetime


def business_day(day: date, calendar: PortCalendar) -> date:
    """The business day that a day is recorded with: itself, else the one before it."""
    while not calendar.is_working_day(day):
        day = date.fromordinal(day.toordinal() - 1)
    return day


def manifest_of(state: Admission) -> str:
    """The number of the in-bond movement or cartage document: as announced, or of the carrier's paper."""
    came = state.conveyance
    if came is not None and came.it_number:
        return came.it_number
    return next((d.number for d in state.documents if d.kind in direct.CARRIERS_PAPERS), "")


def holds(state: Admission) -> list[Hold]:
    """The cumulative 214 lists every in-bond number or cartage document (19 CFR 146.40(c)(1))."""
    if not direct.cumulative(state) or not state.receipts or manifest_of(state):
        return []
    return [
        Hold(
            code="manifest-missing",
            reason="no in-bond number and no cartage document of the shipment is known",
            citation="19 CFR 146.40(a)(1), (c)(1)",
            remedy=f"name `it_number`, or send a document of kind {' or '.join(direct.CARRIERS_PAPERS)}",
        )
    ]


def offer(tell: Telling, head: FilingRequested, rules: Rules) -> None:
    """Offer each receipt that no 214 lists to the 214 of today's business day.

    What was held is recorded when it is complete, not when it was counted (19 CFR 146.22(c)). `head`: a
    filing of the shipment, for what the 214 says of zone, operator and lines.
    """
    state = tell.state
    assert state.terms is not None  # noqa: S101 only drafts come here
    calendar = PortCalendar.of(state.terms.timezone, [date.fromisoformat(d) for d in state.terms.closures])
    today = business_day(calendar.local_date(rules.now), calendar).isoformat()
    zone = rules.zones.get(state.terms.zone)
    upto: dict[int, Decimal] = {}
    for receipt in _in_order(state):
        lines = _lines(state, receipt, {line.line: line for line in head.lines}, upto)
        if receipt.receipt in state.offered or not lines:
            continue
        tell.say(
            DailyOffered(
                to=state.resubmit.get(receipt.receipt)
                or stream_name("daily", state.terms.zone, state.account, today, "1"),
                reply_to=state.stream,
                receipt=receipt.receipt,
                head=direct.daily_head(head, state.terms, zone),
                shipment=_shipment(state, receipt),
                lines=lines,
            )
        )


def _in_order(state: Admission) -> list[ReceiptCounted]:
    return sorted(state.receipts.values(), key=lambda r: (parse_instant(r.counted_at), r.receipt))


def _shipment(state: Admission, receipt: ReceiptCounted) -> FiledShipment:
    assert state.conveyance is not None  # noqa: S101 a draft has one
    numbers = [line.line for line in receipt.lines]
    named = {line.announced.invoice for n in numbers if (line := state.line(n)) and line.announced.invoice}
    papers = [d for d in state.documents if "invoice" in d.kind]
    return FiledShipment(
        shipment=state.shipment,
        conveyance=state.conveyance,
        manifest=manifest_of(state),
        invoices=len(named) or len(papers),
        whole=receipt.final,
    )


def _lines(
    state: Admission, receipt: ReceiptCounted, filed: dict[int, FilingLine], upto: dict[int, Decimal]
) -> list[FilingLine]:
    """What this receipt adds to each line, up to what was announced, with its share of the value."""
    came: list[FilingLine] = []
    for counted in receipt.lines:
        line: Line = state.lines[line_key(counted.line)]
        whole, before = line.announced.quantity, upto.get(counted.line, Decimal(0))
        after = min(whole, before + counted.quantity)
        upto[counted.line] = after
        if after > before and counted.line in filed:
            came.append(
                replace_part(
                    filed[counted.line],
                    quantity=after - before,
                    value=_part(line.announced.value, before, after, whole),
                    charges=_part(line.announced.charges, before, after, whole),
                    statistical=[],
                )
            )
    return came


def _part(total: Decimal, before: Decimal, after: Decimal, whole: Decimal) -> Decimal:
    """Cumulative shares: the receipts of a line add up to it."""
    return Decimal(plain(share(total, after, whole) - share(total, before, whole)))


def take(state: Admission, command: TakeListing) -> Sequence[Fact]:
    """Its number, its filing, CBP's answer: what happens to the 214 happens to each receipt on it."""
    told = command.told
    if told.receipt not in state.receipts:
        return [Noted(why=f"receipt {told.receipt!r} is not of this shipment")]
    listed = state.listed.get(told.receipt)
    now = ReceiptListed(
        receipt=told.receipt,
        daily=told.daily,
        phase=told.phase,
        number=told.number,
        attempt=told.attempt,
        filed_on=told.on if told.phase == "filed" else (listed.filed_on if listed else ""),
    )
    if listed == now:
        return [Noted(why=f"receipt {told.receipt!r} is {told.phase} on 214 {told.number}")]
    tell = Telling(state)
    if tell.state.number != told.number:
        tell.say(AdmissionNumbered(number=told.number, control=told.control))
    tell.say(now)
    if told.phase == "filed":
        clocks.stop(tell, direct.NEXT_DAY, f"214 {told.number} is filed on {told.on}", told.receipt)
    if told.phase == "accepted" and all(r.phase == "accepted" for r in tell.state.listed.values()):
        tell.say(AdmissionAuthorized(attempt=told.attempt, authorized_at=told.on))
    settle(tell, command.now)
    return tell.facts
