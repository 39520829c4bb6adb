"""Receiving: layers, discrepancies, concurrence (19 CFR 146.22, 146.37)."""

from datetime import datetime
from decimal import Decimal

from ftz_admissions.domain import direct
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import Admission, Terms, layer_key, line_key
from ftz_admissions.domain.discrepancies import say_discrepancy
from ftz_common.contracts.admissions import (
    AdmissionConcurred,
    GoodsAdmitted,
    ReceiptCounted,
    ReceiptLine,
    StatusChangePermitted,
)
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.filing import Arrival
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import plain, share
from ftz_common.values.names import stream_name


def receiving_ended(state: Admission) -> datetime | None:
    """The count that closed receiving, or the deadline that did; None while it is open."""
    if not state.concurred_at:
        return None
    finals = [parse_instant(r.counted_at) for r in state.receipts.values() if r.final]
    return max(finals) if finals else parse_instant(state.receiving_due)


def settle(tell: Telling, now: datetime) -> None:
    """Admit what is counted and authorised; close receiving when the final count or its deadline is there."""
    state = tell.state
    listed = direct.cumulative(state)
    received_first = state.particulars.direct_delivery and state.phase == "filed"  # 19 CFR 146.39(a)
    received_first = received_first or (listed and bool(state.listed))
    if (state.phase != "authorized" and not received_first) or state.terms is None:
        return
    if state.particulars.admission_type == "T":
        return  # no zone status, no stock: the goods stay in customs territory (19 CFR 146.35(c))
    if state.particulars.admission_type == "C":
        _permit_change(tell, state.terms)
        return
    for receipt in sorted(state.receipts.values(), key=lambda r: (parse_instant(r.counted_at), r.receipt)):
        if not listed or receipt.receipt in state.listed:
            for counted in receipt.lines:
                _admit(tell, state.terms, receipt, counted)
    final = any(r.final for r in tell.state.receipts.values()) and not (listed and _unfiled(state))
    overdue = state.receiving_due != "" and now >= parse_instant(state.receiving_due)
    if final or overdue:
        _close(tell, state.terms, now, final)


def _unfiled(state: Admission) -> bool:
    """A receipt waits for the filing of the cumulative 214 that lists it (19 CFR 146.40(c)(1))."""
    filed = [name for name, listed in state.listed.items() if listed.phase in ("filed", "accepted")]
    return len(filed) < len(state.receipts)


def _permit_change(tell: Telling, terms: Terms) -> None:
    """A status change moves nothing: the ledger is told, line by line, and the 214 is done."""
    state = tell.state
    if state.concurred_at:
        return
    for line in state.in_order():
        announced, classified = line.announced, line.classified
        assert classified is not None  # noqa: S101 a filed 214 has all numbers
        assert announced.status != ""  # noqa: S101 of this type only P and Z are announced
        tell.say(
            StatusChangePermitted(
                to=stream_name("ledger", terms.zone, terms.site, state.account, announced.uin),
                movement=f"{state.number}/{line.number}",
                admission=state.stream,
                admission_number=state.number,
                line=line.number,
                uin=announced.uin,
                layer=announced.layer,
                quantity=announced.quantity,
                unit=announced.unit,
                status=announced.status,
                filed_on=state.filed_on,
                permitted_at=state.authorized_at,
                number=classified.number,
                revision=classified.revision,
                decision=classified.decision,
                who=state.particulars.who,
                why=state.particulars.why,
            )
        )
    tell.say(AdmissionConcurred(concurred_at=state.authorized_at, with_discrepancy=False, final_count=True))


def _admit(tell: Telling, terms: Terms, receipt: ReceiptCounted, counted: ReceiptLine) -> None:
    """One layer: (admission, line, receipt), from the later of count and permit; never above the 214.

    Value is the line's, shared by cumulative quantity, so that the receipts of a line add up to it.
    """
    state = tell.state
    line = state.lines[line_key(counted.line)]
    quantity = min(counted.quantity, line.announced.quantity - line.admitted)
    if quantity <= 0 or layer_key(counted.line, receipt.receipt) in state.layers:
        return
    elects = line.announced.status == "P" and not line.announced.pf_filed_on
    if elects and not _filed_on(state, receipt):
        return  # privileged from the day on which its 214 is filed (19 CFR 146.41(b))
    tell.say(_layer(state, terms, receipt, counted, quantity))


def _filed_on(state: Admission, receipt: ReceiptCounted) -> str:
    listed = state.listed.get(receipt.receipt)
    return listed.filed_on if listed else state.filed_on


def _layer(
    state: Admission, terms: Terms, receipt: ReceiptCounted, counted: ReceiptLine, quantity: Decimal
) -> GoodsAdmitted:
    line = state.lines[line_key(counted.line)]
    announced, classified = line.announced, line.classified
    assert announced.status != ""  # noqa: S101 only goods in temporary deposit have none
    admitted_at = parse_instant(receipt.counted_at)
    if not state.permit_free and not state.particulars.direct_delivery:
        admitted_at = max(admitted_at, parse_instant(state.authorized_at))
    listed = state.listed.get(receipt.receipt)
    upto = line.admitted + quantity
    value = share(announced.value, upto, announced.quantity) - share(
        announced.value, line.admitted, announced.quantity
    )
    return GoodsAdmitted(
        ledger=stream_name("ledger", terms.zone, terms.site, state.account, announced.uin),
        site=terms.site,
        account=state.account,
        uin=announced.uin,
        admission=state.stream,
        admission_number=listed.number if listed else state.number,
        line=announced.line,
        receipt=receipt.receipt,
        admitted_on=state.calendar.local_date(admitted_at).isoformat(),
        admitted_at=instant_text(admitted_at),
        quantity=quantity,
        unit=announced.unit,
        value=Decimal(plain(value)),
        status=announced.status,
        pf_filed_on=(announced.pf_filed_on or _filed_on(state, receipt)) if announced.status == "P" else None,
        origin=announced.origin,
        number=classified.number if classified else "",  # permit-free domestic goods have none
        revision=classified.revision if classified else "",
        decision=classified.decision if classified else "",
        timezone=terms.timezone,
        week_starts=terms.week_starts,
        measures=classified.measures if classified else [],
        over=counted.quantity - quantity,
        arrival=_arrival(state, terms),
    )


def _arrival(state: Admission, terms: Terms) -> Arrival | None:
    """What the harbor maintenance fee asks of a 214 (19 CFR 146.22(e), 24.24)."""
    conveyance = state.conveyance
    if conveyance is None:
        return None
    return Arrival(
        mode=conveyance.mode,
        port_of_unlading=conveyance.port_of_unlading,
        imported_on=conveyance.import_date,
        applicant=terms.parties.applicant,
    )


def _close(tell: Telling, terms: Terms, now: datetime, final: bool) -> None:
    """Say what differs per line (again, where a late count changed it), and concur."""
    state = tell.state
    changed = False
    for line in state.in_order():
        said = line.announced.quantity if line.discrepancy is None else line.discrepancy.counted
        if line.counted != said:
            changed = True
            say_discrepancy(tell, terms, line, now)
    if changed or not state.concurred_at:
        tell.say(
            AdmissionConcurred(
                concurred_at=instant_text(now),
                with_discrepancy=any(
                    line.counted != line.announced.quantity for line in tell.state.lines.values()
                ),
                final_count=final,
            )
        )
        direct.stop_clocks(tell)
