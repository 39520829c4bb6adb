"""When a 214 may be filed, what holds it, and the filing itself (19 CFR 146.32)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from ftz_admissions.domain import clocks, direct, e214
from ftz_admissions.domain.admission_state import ANSWER, READY, Admission, Line, Telling, Terms
from ftz_admissions.domain.kinds import KINDS
from ftz_admissions.domain.limits import named
from ftz_admissions.domain.receiving import settle
from ftz_common.contracts.admissions import (
    AdmissionHeld,
    AdmissionLine,
    ClassificationRequested,
    Hold,
    HoldsCleared,
)
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.filing import Conveyance, FilingLine, FilingRequested
from ftz_common.contracts.reference import PfRequired, ZoneDocument
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import plain, share
from ftz_common.values.names import stream_name

#: Number and tariff numbers come from our own services: after this they are a person's matter.
READY_WITHIN = timedelta(hours=1)
DESCRIPTION_MAX = 45  # CATAIR e214, record 60, positions 3 to 47


@dataclass(frozen=True, slots=True)
class Revision:
    """A tariff revision as the process knows it."""

    name: str
    effective_from: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What a use case looked up for a decision: the clock, the zones, the tariff revisions."""

    now: datetime
    zones: Mapping[str, ZoneDocument]
    revisions: tuple[Revision, ...]
    as_file: bool = False  #: filings go out as e214 files: nothing incomplete is filed

    def revision_on(self, day: date) -> str:
        """The revision in force on a date ("" if none is known); the later import wins for one date."""
        best: Revision | None = None
        for known in self.revisions:
            if known.effective_from <= day.isoformat() and (
                best is None or known.effective_from >= best.effective_from
            ):
                best = known
        return best.name if best else ""


def pf_measure(rules: Rules, zone: str, line: AdmissionLine, number: str, on: date) -> PfRequired | None:
    """The measure that refuses this line its status on that date.

    AD/CVD orders (15 CFR 400.13(c)(2)) and most trade remedies admit their goods in privileged foreign
    status only, or as domestic where they are eligible for it. Which do is the zone's dated list.
    """
    if line.status in ("P", "D", ""):
        return None
    digits = number.replace(".", "")
    for measure in rules.zones[zone].pf_required if zone in rules.zones else ():
        in_force = measure.effective_from <= on.isoformat() <= (measure.effective_to or "9999-12-31")
        from_there = not measure.origins or line.origin in measure.origins
        if in_force and from_there and any(digits.startswith(p) for p in measure.prefixes):
            return measure
    return None


def ask_numbers(tell: Telling, rules: Rules) -> None:
    """Ask classification for every line that has no tariff number, or one of a revision not in force."""
    _know_frozen(tell, rules)
    state = tell.state
    today = state.calendar.local_date(rules.now)
    revision = rules.revision_on(today)
    asked = False
    for line in state.in_order():
        if line.asked or not _needs_number(line, revision):
            continue
        asked = True
        tell.say(
            ClassificationRequested(
                to=stream_name("part", state.account, line.announced.uin),
                reply_to=state.stream,
                account=state.account,
                uin=line.announced.uin,
                line=line.number,
                needed_on=today.isoformat(),
                revision=revision,
                value=line.announced.value,
            )
        )
    if asked:
        due = instant_text(rules.now + READY_WITHIN)
        tell.say(DeadlineSet(name=READY, due_at=due, citation="policy: number and tariff numbers in an hour"))


def _know_frozen(tell: Telling, rules: Rules) -> None:
    """The revision of a frozen number is read now: it is named with it."""
    for line in tell.state.in_order():
        known, day = line.classified, line.announced.pf_filed_on
        if day and known is not None and not known.revision:
            revision = rules.revision_on(date.fromisoformat(day))
            if revision:
                tell.say(replace(known, revision=revision))


def _needs_number(line: Line, revision: str) -> bool:
    """A number of the revision in force. Goods without status need none yet; a frozen one stays as it was."""
    if line.announced.status == "":
        return False
    if line.classified is None:
        return True
    return not line.announced.pf_filed_on and revision not in ("", line.classified.revision)


def proceed(tell: Telling, rules: Rules) -> None:
    """File the draft if nothing holds it; else say what does, when that changed."""
    terms = tell.state.terms
    if tell.state.phase != "drafted" or terms is None:
        return
    ask_numbers(tell, rules)
    state = tell.state
    revision = rules.revision_on(state.calendar.local_date(rules.now))
    holds = [
        *_documents(state),
        *_pf_complete(state),
        *_pf_required(state, rules),
        *_superseded(state, revision),
        *_frozen(state),
    ]
    overdue = state.ready_due != "" and rules.now >= parse_instant(state.ready_due)
    if overdue:
        holds.extend(missing_answers(state))
    filing: FilingRequested | None = None
    waits = state.particulars.direct_delivery and not direct.delivered(state)
    if state.number and not waits and not any(_needs_number(n, revision) for n in state.lines.values()):
        filing = _filing(state, terms, rules)
        if rules.as_file:
            holds.extend(e214.holds(filing))
    say_holds(tell, holds)
    if filing is not None and not holds:
        file(tell, filing, terms, rules)
        settle(tell, rules.now)


def say_holds(tell: Telling, holds: list[Hold]) -> None:
    """Say the holds that stand now, if they are not those said before."""
    if holds == tell.state.holds:
        return
    tell.say(AdmissionHeld(holds=holds) if holds else HoldsCleared())


def _documents(state: Admission) -> list[Hold]:
    """Required documents are there (19 CFR 146.32(a); the list is in the procedures manual)."""
    assert state.terms is not None  # noqa: S101 only drafts come here
    if not KINDS[state.particulars.admission_type].papers:
        return []
    there = {document.kind for document in state.documents}
    missing = [kind for kind in state.terms.required_documents if kind not in there]
    if not missing:
        return []
    return [
        Hold(
            code="document-missing",
            reason=f"missing: {named(missing)}",
            citation="19 CFR 146.32(a), 146.22(c)",
            remedy="send the documents: event ftz.platform.shipment.documented.v1",
        )
    ]


def _pf_complete(state: Admission) -> list[Hold]:
    """An election of privileged status is complete with the noted invoice and a value (19 CFR 146.41(c))."""
    assert state.terms is not None  # noqa: S101 only drafts come here
    elected = [line for line in state.in_order() if line.announced.status == "P"]
    elected = [line for line in elected if not line.announced.pf_filed_on]  # else elected in another zone
    if not elected:
        return []
    there = {document.kind for document in state.documents}
    missing = [f"document {kind}" for kind in state.terms.pf_documents if kind not in there]
    missing += [f"value of line {line.number}" for line in elected if not line.announced.value]
    if not missing:
        return []
    return [
        Hold(
            code="pf-incomplete",
            reason=f"the election of privileged foreign status lacks {named(missing)}",
            citation="19 CFR 146.41(c), 141.90",
            remedy="send what is missing: the election counts from the day on which it is complete",
        )
    ]


def _pf_required(state: Admission, rules: Rules) -> list[Hold]:
    """NPF (and zone-restricted) status is refused for goods that a measure wants privileged foreign.

    What comes from another zone keeps the status that it was admitted with there (19 CFR 146.66(c)).
    """
    assert state.terms is not None  # noqa: S101 only drafts come here
    if KINDS[state.particulars.admission_type].history:
        return []
    today = state.calendar.local_date(rules.now)
    found: dict[str, tuple[PfRequired, list[str]]] = {}
    for line in state.in_order():
        if line.classified is None:
            continue
        measure = pf_measure(rules, state.terms.zone, line.announced, line.classified.number, today)
        if measure is not None:
            found.setdefault(measure.measure, (measure, []))[1].append(str(line.number))
    return [
        Hold(
            code="pf-required",
            reason=f"{measure.measure}: goods of line {named(lines)} must be privileged foreign",
            citation=measure.citation,
            remedy="announce the shipment again with status P for them (an election that cannot be undone)",
        )
        for measure, lines in found.values()
    ]


def _superseded(state: Admission, revision: str) -> list[Hold]:
    """Tariff numbers are checked again on the day of filing: of the revision in force, or asked anew."""
    old = {
        str(line.number): line.classified.revision
        for line in state.in_order()
        if line.classified is not None and _needs_number(line, revision)
    }
    if not old:
        return []
    return [
        Hold(
            code="revision-superseded",
            reason=f"line {named(list(old))}: number of {named(sorted(set(old.values())))}; "
            f"in force is {revision}",
            citation="19 CFR 146.32(a), 146.65(a)",
            remedy="classification was asked again; decide the part's review if there is one",
        )
    ]


def _frozen(state: Admission) -> list[Hold]:
    """A number frozen in another zone is priced by the schedule of that day, which must be read here."""
    days = [
        line.announced.pf_filed_on
        for line in state.in_order()
        if line.announced.pf_filed_on and line.classified is not None and not line.classified.revision
    ]
    if not days:
        return []
    return [
        Hold(
            code="revision-unknown",
            reason=f"no tariff revision in force on {named(sorted(set(days)))} is imported",
            citation="19 CFR 146.65(a)(1), 146.66(c)",
            remedy="import it (`ftz tariff import`), then announce the shipment again",
        )
    ]


def missing_answers(state: Admission) -> list[Hold]:
    """The 214's own number and the tariff numbers, when they do not come (19 CFR 146.37(a), 146.32(a))."""
    holds: list[Hold] = []
    if not state.number:
        holds.append(
            Hold(
                code="number-missing",
                reason="the number series has not answered",
                citation="19 CFR 146.37(a)",
                remedy="look at `ftz quarantine list` for the series",
            )
        )
    unclassified = [str(line.number) for line in state.in_order() if _needs_number(line, "")]
    if unclassified:
        holds.append(
            Hold(
                code="classification-missing",
                reason=f"line {named(unclassified)}: no tariff number yet",
                citation="19 CFR 146.32(a)",
                remedy="decide the open reviews: GET /v1/classification/reviews",
            )
        )
    return holds


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
