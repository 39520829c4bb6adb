"""The filing of a 214 (19 CFR 146.32)."""

from datetime import date, timedelta
from decimal import Decimal

from msgspec.structs import replace

from ftz_admissions.domain import clocks, cumulative, direct, e214
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import ANSWER, Admission, Line, Terms
from ftz_admissions.domain.holds import Rules, ask_numbers, needs_number, say_holds, standing
from ftz_admissions.domain.receiving import settle
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.filing import Conveyance, FilingLine, FilingRequested
from ftz_common.values.exact import plain, share

DESCRIPTION_MAX = 45  # CATAIR e214, record 60, positions 3 to 47


def proceed(tell: Telling, rules: Rules) -> None:
    """File the draft if nothing holds it; else say what does, when that changed."""
    terms = tell.state.terms
    if terms is not None and direct.cumulative(tell.state):
        _list(tell, terms, rules)
        return
    if tell.state.phase != "drafted" or terms is None:
        return
    ask_numbers(tell, rules)
    state = tell.state
    revision = rules.revision_on(state.calendar.local_date(rules.now))
    holds = standing(state, rules, revision)
    filing: FilingRequested | None = None
    waits = state.particulars.direct_delivery and not direct.delivered(state)
    if state.number and not waits and not any(needs_number(n, revision) for n in state.lines.values()):
        filing = _filing(state, terms, rules)
        if rules.as_file:
            holds.extend(e214.holds(filing))
    say_holds(tell, holds)
    if filing is not None and not holds:
        file(tell, filing, terms, rules)
        settle(tell, rules.now)


def _list(tell: Telling, terms: Terms, rules: Rules) -> None:
    """No 214 of its own: what is counted is offered to the 214 of the business day (19 CFR 146.40(c)(1)).

    Later receipts follow, whatever became of the first; the lines keep the numbers those were filed with.
    """
    if tell.state.phase in ("unknown", "withdrawn", "deleting"):
        return
    revision = ""
    if tell.state.phase == "drafted":
        ask_numbers(tell, rules)
        revision = rules.revision_on(tell.state.calendar.local_date(rules.now))
    state = tell.state
    holds = [*standing(state, rules, revision), *cumulative.holds(state)]
    ready = bool(state.receipts) and not any(needs_number(n, revision) for n in state.lines.values())
    filing = replace(_filing(state, terms, rules), control=f"{terms.zone}-00-000000") if ready else None
    if filing is not None and rules.as_file:
        holds.extend(e214.holds(filing))
    say_holds(tell, holds)
    if filing is not None and not holds:
        cumulative.offer(tell, filing, rules)


def _filing(state: Admission, terms: Terms, rules: Rules) -> FilingRequested:
    """The next attempt.

    The local date of a complete application is the PF filing date of its lines in status P
    (19 CFR 146.41(b), 146.65(a)(1)). Zone and operator are named as the zone names them on that day.
    """
    zone = rules.zones.get(terms.zone)
    applicants = {account.id: account.applicant_ior for account in zone.accounts} if zone else {}
    return FilingRequested(
        kind="214",
        control=state.number,
        attempt=state.attempt + 1,
        reply_to=state.stream,
        port=terms.port,
        firms=terms.firms,
        filer=terms.parties.filer,
        importer_of_record=terms.parties.importer_of_record,
        lines=_lines(state),
        conveyance=_conveyance(state, terms),
        admission_type=state.particulars.admission_type,
        direct_delivery=state.particulars.direct_delivery,
        action="R" if state.replaces else "A",
        reasons=state.particulars.reasons if state.replaces else [],
        remarks=state.particulars.remarks if state.replaces else "",
        filed_on=state.calendar.local_date(rules.now).isoformat(),
        zone_id=zone.site.zone_id if zone else "",
        operator_ior=zone.operator_ior if zone else "",
        applicant_ior=applicants.get(state.account, ""),
    )


def _lines(state: Admission) -> list[FilingLine]:
    """As announced; of a direct delivery what came of it, and nothing of what did not (19 CFR 146.40(c))."""
    lines = state.in_order()
    if not state.particulars.direct_delivery:
        changing = state.particulars.admission_type == "C"
        return [_filed(line, changing) for line in lines]
    came: list[FilingLine] = []
    for line in lines:
        whole = line.announced.quantity
        counted = min(line.counted, whole)
        if counted:
            value = Decimal(plain(share(line.announced.value, counted, whole)))
            came.append(replace(_filed(line), quantity=counted, value=value, statistical=[]))
    return came


def _conveyance(state: Admission, terms: Terms) -> Conveyance | None:
    """As announced; an overage has a bill of its own: FIRMS, ADJ, YYMMDD, three digits (e214 record 40)."""
    came = state.conveyance
    if came is None or came.bill or state.particulars.admission_type != "O":
        return came
    day = date.fromisoformat(state.particulars.found_on)
    control = int(state.number.rpartition("-")[2])
    return replace(came, bill=f"{terms.firms}ADJ{day:%y%m%d}{control % 1000:03}")


def deletion(state: Admission, terms: Terms, rules: Rules, reason: str) -> FilingRequested:
    """CBP is asked to delete a 214 that it has permitted (CATAIR e214 record 10, action D)."""
    return replace(_filing(state, terms, rules), action="D", remarks=reason)


def file(tell: Telling, filing: FilingRequested, terms: Terms, rules: Rules) -> None:
    """The intent to file, once per attempt; the answer has a clock."""
    tell.say(filing)
    clocks.stop(tell, direct.NEXT_DAY, f"214 {filing.control} is filed on {filing.filed_on}")
    clocks.stop(tell, direct.STATISTICS, f"214 {filing.control} is filed on {filing.filed_on}")
    clocks.stop(tell, clocks.OVERAGE, f"214 {filing.control} is filed on {filing.filed_on}")
    hours = rules.zones[terms.zone].procedures.answer_hours_max if terms.zone in rules.zones else 24
    tell.say(
        DeadlineSet(
            name=ANSWER,
            due_at=instant_text(rules.now + timedelta(hours=hours)),
            subject=str(filing.attempt),
            citation=f"policy: CBP's answer within {hours} hours",
        )
    )


def _filed(line: Line, changing: bool = False) -> FilingLine:
    announced, classified = line.announced, line.classified
    return FilingLine(
        line=line.number,
        number=classified.number if classified else "",  # without one only in temporary deposit
        description=((classified.description if classified else "") or announced.uin)[:DESCRIPTION_MAX],
        quantity=announced.quantity,
        unit=announced.unit,
        value=announced.value,
        status=announced.status,
        origin=announced.origin,
        charges=announced.charges,
        province=announced.province,
        manufacturer=announced.manufacturer,
        weight_kg=announced.weight_kg,
        statistical=announced.statistical,
        licences=announced.licences,
        bill=announced.bill,
        existing_status="N" if announced.status and changing else "",
    )
