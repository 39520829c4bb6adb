"""What a 214 needs before it is filed, and what holds it until then (19 CFR 146.32)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from ftz_admissions.domain import direct
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import READY, Admission, Line
from ftz_admissions.domain.kinds import KINDS
from ftz_admissions.domain.limits import named
from ftz_common.contracts.admissions import (
    AdmissionHeld,
    AdmissionLine,
    ClassificationRequested,
    Hold,
    HoldsCleared,
)
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.reference import PfRequired, ZoneDocument
from ftz_common.values.calendar import parse_instant
from ftz_common.values.names import stream_name

#: Number and tariff numbers come from our own services: after this they are a person's matter.
READY_WITHIN = timedelta(hours=1)


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
        if line.asked or not needs_number(line, revision):
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


def needs_number(line: Line, revision: str) -> bool:
    """A number of the revision in force. Goods without status need none yet; a frozen one stays as it was."""
    if line.announced.status == "":
        return False
    if line.classified is None:
        return True
    return not line.announced.pf_filed_on and revision not in ("", line.classified.revision)


def standing(state: Admission, rules: Rules, revision: str) -> list[Hold]:
    """What holds the draft now; `revision`: the schedule in force."""
    holds = [
        *_documents(state),
        *_pf_complete(state),
        *_pf_required(state, rules),
        *_superseded(state, revision),
        *_frozen(state),
    ]
    if state.ready_due != "" and rules.now >= parse_instant(state.ready_due):
        holds.extend(missing_answers(state))
    return holds


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
        if line.classified is not None and needs_number(line, revision)
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
    if not state.number and not direct.cumulative(state):
        holds.append(
            Hold(
                code="number-missing",
                reason="the number series has not answered",
                citation="19 CFR 146.37(a)",
                remedy="look at `ftz quarantine list` for the series",
            )
        )
    unclassified = [str(line.number) for line in state.in_order() if needs_number(line, "")]
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
