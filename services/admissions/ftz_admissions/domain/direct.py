"""Direct delivery and blanket 214s: when they are allowed, and what then runs (19 CFR 146.32, 146.39)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain

from ftz_admissions.domain import clocks
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import Admission, Terms
from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.admissions import AdmissionLine, DailyHead, Particulars
from ftz_common.contracts.common import ClockStarted
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import Conveyance, FilingRequested
from ftz_common.contracts.reference import ZoneDocument
from ftz_common.values.calendar import PortCalendar, parse_instant

DOCUMENTS, ADMITTED, NEXT_DAY = "direct-documents", "direct-admission", "direct-214"
STATISTICS = "direct-214a"
#: 19 CFR 146.40(a)(5): in-bond or cartage documents reach the port director in two working days.
DOCUMENTS_WORKING_DAYS = 2
#: 19 CFR 146.40(c)(3): calendar days after arrival.
ADMITTED_DAYS = timedelta(days=15)
#: 19 CFR 146.40(c)(2): days after the month in which the goods were received; no extension.
STATISTICS_DAYS = 10
#: Kinds of the documents that the carrier brings.
CARRIERS_PAPERS = ("in-bond", "permit-to-transfer", "cartage")


def problem_of(
    said: Particulars, terms: Terms, came: Conveyance, lines: Sequence[AdmissionLine], now: datetime
) -> Refusal | None:
    """The first thing that direct delivery or a blanket 214 lacks."""
    return next(chain(_direct(said, terms, lines, now), _blanket(said, terms, came, lines)), None)


def _direct(
    said: Particulars, terms: Terms, lines: Sequence[AdmissionLine], now: datetime
) -> Iterator[Refusal]:
    """Only under the port director's approval, while it stands, and for the goods that it names (146.39)."""
    if not said.direct_delivery:
        return
    approval = terms.direct_delivery
    today = PortCalendar(terms.timezone).local_date(now).isoformat()
    remedy = "announce the goods for admission before delivery (19 CFR 146.32)"
    if said.admission_type != "A":
        yield refuse(
            "direct-delivery-type",
            f"a direct delivery is a regular admission, not one of type {said.admission_type}",
            "19 CFR 146.39(a)",
            remedy,
            "data.direct_delivery",
        )
    elif approval is None or today < approval.effective_from:
        reason = "no approval" if approval is None else f"approved from {approval.effective_from} only"
        yield refuse(
            "direct-delivery-not-approved",
            f"the account has {reason}",
            "19 CFR 146.39(b), (c)",
            f"{remedy}; approval: accounts[].direct_delivery of the zone",
            "data.direct_delivery",
        )
    elif approval.revoked_on and today >= approval.revoked_on:
        yield refuse(
            "direct-delivery-revoked",
            f"the approval was revoked on {approval.revoked_on}",
            "19 CFR 146.39(e)",
            remedy,
            "data.direct_delivery",
        )
    else:
        for index, line in enumerate(lines):
            if approval.uins and line.uin not in approval.uins:
                yield refuse(
                    "direct-delivery-other-goods",
                    f"the approval does not name {line.uin}",
                    "19 CFR 146.39(b), (c)(2)",
                    remedy,
                    f"data.lines[{index}].sku",
                )


def _blanket(
    said: Particulars, terms: Terms, came: Conveyance, lines: Sequence[AdmissionLine]
) -> Iterator[Refusal]:
    """One 214 for the shipments of one transportation entry, or of one business day (19 CFR 146.32(d))."""
    if not said.blanket:
        return
    citation = "19 CFR 146.32(d)"
    if said.blanket == "transportation-entry" and not came.it_number:
        yield refuse(
            "blanket-without-entry",
            "no transportation entry is named",
            "19 CFR 146.32(d)(1), 141.55",
            "name it in `it_number`, or announce each shipment by itself",
            "data.it_number",
        )
    if said.blanket == "business-day" and not terms.census_direct:
        yield refuse(
            "blanket-without-agreement",
            "the zone has no agreement to transmit statistics directly to Census",
            "19 CFR 146.32(d)(2)(ii)",
            "announce each shipment by itself; the agreement: procedures.census_direct of the zone",
            "data.blanket",
        )
    for index, line in enumerate(lines):
        for name, needed in (("bill", True), ("invoice", said.blanket == "business-day")):
            if needed and not getattr(line, name):
                yield refuse(
                    f"blanket-{name}-missing",
                    f"line {line.line} names no {name}",
                    f"{citation}(2)(iii)" if name == "invoice" else citation,
                    f"say of each line under which {name} it came: it traces the shipment to its manifest",
                    f"data.lines[{index}].{name}",
                )


# ---- clocks of direct delivery (19 CFR 146.40) --------------------------------------------------


def start_clocks(tell: Telling) -> None:
    """From arrival: two working days for the carrier's papers, 15 calendar days for the admission."""
    state = tell.state
    if not state.particulars.direct_delivery or not state.arrived_at or state.terms is None:
        return
    arrived = state.calendar.local_date(parse_instant(state.arrived_at))
    papers_by = _port(state.terms).add_working_days(arrived, DOCUMENTS_WORKING_DAYS)
    clocks.start(
        tell,
        ClockStarted(
            name=DOCUMENTS,
            act_by=papers_by.isoformat(),
            what="the in-bond or cartage documents at the port director",
            citation="19 CFR 146.40(a)(5)",
            remedy=f"forward them, and send them as documents of kind {' or '.join(CARRIERS_PAPERS)}",
        ),
    )
    clocks.start(
        tell,
        ClockStarted(
            name=ADMITTED,
            act_by=(arrived + ADMITTED_DAYS).isoformat(),
            what="the admission of the whole shipment",
            citation="19 CFR 146.40(c)(3)",
            remedy="count it to the end and complete its 214; else it is disposed of as unentered cargo",
        ),
    )
    stop_clocks(tell)


def start_next_day(tell: Telling) -> None:
    """The 214 of what is recorded on one business day is filed on the next (19 CFR 146.40(c)(1), (2)).

    A shipment with a 214 of its own has one clock, from its first count; on cumulative 214s each count has.
    An own 214 goes with its 214-A, in any case 10 days after the month of the receipt (146.40(c)(2)).
    """
    state = tell.state
    if not state.particulars.direct_delivery or not state.receipts or state.terms is None:
        return
    days = {
        r.receipt: state.calendar.local_date(parse_instant(r.counted_at)) for r in state.receipts.values()
    }
    if cumulative(state):
        for receipt, day in days.items():
            _next_day(tell, state.terms, day, receipt)
        return
    first = min(days.values())
    _next_day(tell, state.terms, first, "")
    month_over = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    clocks.start(
        tell,
        ClockStarted(
            name=STATISTICS,
            act_by=(month_over + timedelta(days=STATISTICS_DAYS - 1)).isoformat(),
            what="the individual 214 and its 214-A",
            citation="19 CFR 146.40(c)(2)",
            remedy="complete the announcement: it is filed with the statistical lines; nothing extends it",
        ),
    )


def _next_day(tell: Telling, terms: Terms, day: date, receipt: str) -> None:
    clocks.start(
        tell,
        ClockStarted(
            name=NEXT_DAY,
            subject=receipt,
            act_by=_port(terms).add_working_days(day, 1).isoformat(),
            what="the 214 of what was received on the business day before",
            citation="19 CFR 146.40(c)(1), (2)",
            remedy="complete the announcement: what holds it is named by its alert",
        ),
    )


def stop_clocks(tell: Telling) -> None:
    """What they waited for is here."""
    state = tell.state
    paper = next((d for d in state.documents if d.kind in CARRIERS_PAPERS), None)
    if paper is not None:
        clocks.stop(tell, DOCUMENTS, f"{paper.kind} {paper.number} is here")
    if state.concurred_at:
        clocks.stop(tell, ADMITTED, f"the whole shipment is admitted: {state.concurred_at}")


def _port(terms: Terms) -> PortCalendar:
    return PortCalendar.of(terms.timezone, [date.fromisoformat(day) for day in terms.closures])


def delivered(state: Admission) -> bool:
    """Direct delivery, counted to the end: its 214 can be filed, with the quantities that came."""
    return state.particulars.direct_delivery and any(receipt.final for receipt in state.receipts.values())


def cumulative(state: Admission) -> bool:
    """Its receipts are listed on 214s of business days; it has none of its own (19 CFR 146.40(c)(1))."""
    return state.particulars.direct_delivery and state.terms is not None and state.terms.census_direct


def daily_head(filing: FilingRequested, terms: Terms, zone: ZoneDocument | None) -> DailyHead:
    """Who files a cumulative 214, where."""
    return DailyHead(
        port=filing.port,
        firms=filing.firms,
        timezone=terms.timezone,
        closures=terms.closures,
        filer=filing.filer,
        importer_of_record=filing.importer_of_record,
        zone_id=filing.zone_id,
        operator_ior=filing.operator_ior,
        applicant_ior=filing.applicant_ior,
        answer_hours_max=zone.procedures.answer_hours_max if zone else 24,
    )
