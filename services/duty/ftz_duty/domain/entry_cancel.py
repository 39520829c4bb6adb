"""CBP cancels an entry of the week: what had not left is in the zone in its last status.

The entry was a constructive transfer; cancelled it is one back, in the previous status (19 CFR 146.61). The
goods never left, so the ledger holds them as it did; the permit ends, and what leaves from then on is without
cover until another estimate is accepted, with a number of its own (142.3a). Goods that left stay entered: if
they never entered commerce and come back, that is a return (146.71(d)(1)(ii)), and the summary is corrected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.corrections import AttemptCancelled, CoverWithdrawn, EntryCancelled
from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO, share
from ftz_common.values.period import said_period
from ftz_duty.domain.entry_compile import COMPILE_AGAIN
from ftz_duty.domain.entry_definite import REMOVAL
from ftz_duty.domain.entry_documents import divided, releases
from ftz_duty.domain.entry_state import Attempt, EntryState
from ftz_duty.domain.goods_key import cover_stream, entry_stream, goods_key

CITATION = "19 CFR 146.71(d)(1); 19 CFR 146.61"


@dataclass(frozen=True, slots=True)
class CancelEntry:
    """CBP cancelled the entry with this number; `reference` is its notice."""

    entry_number: str
    reference: str
    cancelled_at: datetime
    who: str
    why: str


def cancel(state: EntryState, command: CancelEntry, at: datetime) -> Sequence[Fact] | Refusal:
    """The rest is withdrawn from entry and cover alike; what left under it stays entered."""
    document = next((d for d, number in state.numbers.items() if number == command.entry_number), 0)
    if refused := _refused(state, command, document, at):
        return refused
    left = _left(state, document)
    attempts = [_cut(attempt, left) for attempt in state.accepted() if attempt.document == document]
    cancelled_at = instant_text(command.cancelled_at)
    facts: list[Fact] = [
        EntryCancelled(
            document=document,
            entry_number=command.entry_number,
            cancelled_at=cancelled_at,
            reference=command.reference,
            who=command.who,
            why=command.why,
            attempts=attempts,
        )
    ]
    facts.extend(
        CoverWithdrawn(
            to=cover_stream(state.zone, state.account, state.week, goods_key(line)),
            entry=entry_stream(state.zone, state.account, state.week),
            attempt=attempt.attempt,
            cancelled_at=cancelled_at,
        )
        for attempt in attempts
        for line in attempt.lines
    )
    if document in state.clocks:
        facts.append(REMOVAL.stopped("CBP cancelled the entry for what had not left", command.entry_number))
    if state.grace_over:  # it waited for this
        facts.append(DeadlineSet(name=COMPILE_AGAIN, due_at=instant_text(at), citation=CITATION))
    return facts


def _refused(state: EntryState, command: CancelEntry, document: int, at: datetime) -> Refusal | None:
    released = [a for a in state.accepted() if a.document == document]
    if not released:
        known = ", ".join(state.numbers.values()) or "none"
        return Refusal(
            code="not-released",
            reason=f"{command.entry_number!r} is no released entry of this week; it has {known}",
            citation=CITATION,
            remedy="name the number of an entry whose estimate CBP accepted and has not cancelled",
            place="entry_number",
        )
    if state.compiled is not None:
        return Refusal(
            code="week-compiled",
            reason=f"{said_period(state.week)} is compiled: what did not leave was never entered",
            citation="19 CFR 146.63(c)(1)",
            remedy="goods that left and never entered commerce are a return; then correct the summary",
            place="entry_number",
        )
    if not min(parse_instant(a.answered_at) for a in released) <= command.cancelled_at <= at:
        return Refusal(
            code="cancelled-when",
            reason=f"{command.cancelled_at.isoformat()} is before CBP released it, or still to come",
            citation=CITATION,
            remedy="give the instant of CBP's notice",
            place="cancelled_at",
        )
    return None


def _left(state: EntryState, document: int) -> dict[str, Decimal]:
    """What left under an entry, by goods: of what left the earlier entries of the week take first."""
    left: dict[str, Decimal] = {}
    for each in divided(state.groups, releases(state)):
        if each.document == document:
            for group in each.groups.values():
                left[goods_key(group)] = left.get(goods_key(group), ZERO) + group.quantity
    return left


def _cut(attempt: Attempt, left: dict[str, Decimal]) -> AttemptCancelled:
    """An attempt in what had left and what had not; `left` is used up."""
    gone: list[EstimateLine] = []
    stays: list[EstimateLine] = []
    for line in attempt.lines:
        key = goods_key(line)
        out = min(line.quantity, left.get(key, ZERO))
        left[key] = left.get(key, ZERO) - out
        gone += _part(line, out)
        stays += _part(line, line.quantity - out)
    return AttemptCancelled(attempt=attempt.number, lines=stays, left=gone)


def _part(line: EstimateLine, quantity: Decimal) -> list[EstimateLine]:
    if not quantity:
        return []
    return [
        EstimateLine(
            number=line.number,
            status=line.status,
            origin=line.origin,
            unit=line.unit,
            quantity=quantity,
            value=share(line.value, quantity, line.quantity),
        )
    ]
