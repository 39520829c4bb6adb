"""The statement of a week's export permit: permit against manifest against book, every discrepancy explained.

19 CFR 146.68(c): each in-bond application by its number, a reconciliation of the quantities on the permit
with the manifested quantities, and an explanation of any discrepancy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.removals import (
    ExportDifference,
    ExportInBondsListed,
    ExportRow,
    ExportStatementFiled,
    ListedInBond,
)
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO, plain
from ftz_duty.domain.export_judge import words
from ftz_duty.domain.export_permit_state import ExportPermitState, Sums, add
from ftz_duty.domain.goods_key import key_parts
from ftz_duty.domain.removal_clock import Clock

CITATION = "19 CFR 146.68(c)"
STATEMENT = Clock(
    "export-statement",
    "the statement of the export permit",
    CITATION,
    "look at it (GET /v1/duty/export-permits/...), explain what differs, and file it",
)
UNUSED = "not transferred: it stays in the zone in its status, and was never entered (19 CFR 146.68(b))"
PART_LINES = 250
NAMED_MAX = 20


@dataclass(frozen=True, slots=True)
class FileStatement:
    """A person explains what differs and files the statement. `explanations`: by id of the difference."""

    explanations: dict[str, str]
    who: str


@dataclass(slots=True)
class Statement:
    """What the week comes to."""

    rows: list[ExportRow] = field(default_factory=list[ExportRow])
    differences: list[ExportDifference] = field(default_factory=list[ExportDifference])
    in_bonds: list[ListedInBond] = field(default_factory=list[ListedInBond])


def statement(state: ExportPermitState) -> Statement:
    """Rows by goods, differences by id, in-bond applications by number; those of their own are left out."""
    found = Statement()
    manifested, left = _of_the_permit(state, found)
    keys = sorted({key for permit in state.permits for key in permit.lines} | set(manifested) | set(left))
    for key in keys:
        found.rows.append(_row(state, key, manifested, left))
        found.differences.extend(_differences(state, key, manifested, left))
    found.differences.extend(_unnumbered(state))
    found.differences.extend(_unpermitted(state))
    return found


def _of_the_permit(state: ExportPermitState, found: Statement) -> tuple[Sums, Sums]:
    manifested: Sums = {}
    left: Sums = {}
    for inbond, application in sorted(state.applications.items()):
        if application.own:
            continue
        gone = ZERO
        for withdrawal in application.withdrawals:
            for key, quantity in state.removals[withdrawal].lines.items():
                add(left, key, quantity)
                gone += quantity
        for key, quantity in application.manifest.items():
            add(manifested, key, quantity)
        if application.number:
            found.in_bonds.append(
                ListedInBond(
                    number=application.number,
                    kind=application.kind,
                    inbond=inbond,
                    manifested=sum(application.manifest.values(), ZERO),
                    left=gone,
                )
            )
    return manifested, left


def _row(state: ExportPermitState, key: str, manifested: Sums, left: Sums) -> ExportRow:
    number, status, origin, unit = key_parts(key)
    return ExportRow(
        number=number,
        status=status,
        origin=origin,
        unit=unit,
        permitted=state.permitted(key),
        manifested=manifested.get(key, ZERO),
        left=left.get(key, ZERO),
    )


def _differences(state: ExportPermitState, key: str, manifested: Sums, left: Sums) -> list[ExportDifference]:
    found: list[ExportDifference] = []
    permitted, manifest, gone = state.permitted(key), manifested.get(key, ZERO), left.get(key, ZERO)
    if permitted > manifest and manifest == gone:
        what = f"{words(key, permitted - manifest)} permitted and not manifested"
        found.append(ExportDifference(id=f"unused:{key}", what=what, explanation=UNUSED))
    if manifest > permitted:
        what = f"{words(key, manifest - permitted)} manifested beyond the permit"
        found.append(ExportDifference(id=f"beyond:{key}", what=what))
    if manifest != gone:
        what = f"{words(key, manifest)} manifested, but the book says that {plain(gone)} left"
        found.append(ExportDifference(id=f"manifest:{key}", what=what))
    return found


def _unnumbered(state: ExportPermitState) -> list[ExportDifference]:
    without = [
        inbond
        for inbond, application in sorted(state.applications.items())
        if not application.number and any(state.removals[w].quantity > 0 for w in application.withdrawals)
    ]
    if not without:
        return []
    named = _named(without)
    return [ExportDifference(id="no-number", what=f"left without an in-bond application: {named}")]


def _unpermitted(state: ExportPermitState) -> list[ExportDifference]:
    inbonds = sorted(
        {state.removals[w].inbond for w in state.lacking if state.own(state.removals[w].inbond) is None}
    )
    if not inbonds:
        return []
    what = f"left before the permit reached so far: {_named(inbonds)}"
    return [ExportDifference(id="without-permit", what=what)]


def _named(inbonds: Sequence[str]) -> str:
    shown = ", ".join(inbonds[:NAMED_MAX])
    more = len(inbonds) - NAMED_MAX
    return f"{shown} and {more} more" if more > 0 else shown


def filed(state: ExportPermitState, command: FileStatement, at: datetime) -> Sequence[Fact] | Refusal:
    """Filed when the week is over and every discrepancy is explained."""
    first = state.first
    if first is None:
        return _no(
            "no-permit", "this week has no weekly permit, and so no statement", "record the permit first"
        )
    if not state.ended:
        return _no("week-runs", f"the week of {state.week} is not over", "file it when the week has ended")
    if state.filed is not None and not state.reopened:
        return _no("statement-filed", f"the statement was filed on {state.filed.filed_on}", "nothing to do")
    found = statement(state)
    known = {difference.id for difference in found.differences}
    for name in command.explanations:
        if name not in known:
            why = f"there is no difference {name!r}"
            return _no("no-such-difference", why, "use the ids of the statement", f"explanations.{name}")
    explained = [_explained(d, command.explanations) for d in found.differences]
    open_ones = [d for d in explained if not d.explanation]
    if open_ones:
        why = "; ".join(f"{d.id}: {d.what}" for d in open_ones[:NAMED_MAX])
        return _no(
            "difference-unexplained",
            f"no explanation of {why}",
            "explain each discrepancy by its id",
            f"explanations.{open_ones[0].id}",
        )
    parts = [found.in_bonds[i : i + PART_LINES] for i in range(0, len(found.in_bonds), PART_LINES)]
    filed_on = PortCalendar.of(first.timezone).local_date(at).isoformat()
    facts: list[Fact] = [ExportInBondsListed(part=n, in_bonds=part) for n, part in enumerate(parts, start=1)]
    facts.append(
        ExportStatementFiled(
            zone=state.zone,
            account=state.account,
            week=state.week,
            permits=[permit.number for permit in state.permits],
            rows=found.rows,
            differences=explained,
            in_bonds=len(found.in_bonds),
            filed_on=filed_on,
            in_time=filed_on <= state.statement_due_on,
            who=command.who,
        )
    )
    return [*facts, STATEMENT.stopped(f"filed on {filed_on}", state.week)]


def _explained(difference: ExportDifference, explanations: dict[str, str]) -> ExportDifference:
    given = explanations.get(difference.id, "").strip()
    return replace(difference, explanation=given) if given else difference


def _no(code: str, reason: str, remedy: str, place: str = "") -> Refusal:
    return Refusal(code=code, reason=reason, citation=CITATION, remedy=remedy, place=place)
