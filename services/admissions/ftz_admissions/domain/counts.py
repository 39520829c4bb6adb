"""Dock counts as they come: usable, known, early, old, in the 214's units (19 CFR 146.22(a), (b))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ftz_admissions.domain import clocks, direct
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import Admission, Terms
from ftz_admissions.domain.filing import proceed
from ftz_admissions.domain.holds import Rules
from ftz_admissions.domain.limits import QUANTITY_MAX, refuse
from ftz_admissions.domain.receiving import receiving_ended, settle
from ftz_admissions.domain.units import converted
from ftz_common.contracts.admissions import KeptLine, ReceiptCounted, ReceiptKept, ReceiptLine
from ftz_common.contracts.common import EventRef, Noted, OutcomeGiven
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import ZERO

RECEIVED_TYPE = "ftz.platform.shipment.received.v1"


@dataclass(frozen=True, slots=True)
class Receive:
    """A dock count, with the zone's settings and the clock that its age is measured against."""

    receipt: str
    counted_at: datetime
    final: bool
    lines: tuple[KeptLine, ...]
    event: EventRef
    terms: Terms
    now: datetime
    dropped_fields: tuple[str, ...] = ()
    approved_by: str = ""  #: a person who takes an old count, over HTTP
    approval_reason: str = ""
    rules: Rules | None = None  #: for a direct delivery, whose 214 is filed when it is counted


def receive(state: Admission, command: Receive) -> Sequence[Fact] | Refusal:
    """A count: taken, kept until the announcement comes, or refused with its place."""
    before = state.kept.get(command.receipt) or state.receipts.get(command.receipt)
    if before is not None:
        return _again(state, before, command)
    problem = _unusable(command) or _not_yet(command) or _too_old(command) or _too_late(state, command)
    if problem is not None:
        return problem
    kept = ReceiptKept(
        receipt=command.receipt,
        counted_at=instant_text(command.counted_at),
        final=command.final,
        lines=list(command.lines),
        event=command.event,
        approved_by=command.approved_by,
        approval_reason=command.approval_reason,
    )
    if state.phase in ("withdrawn", "deleting"):
        return refuse(
            "withdrawn",
            f"the 214 of shipment {state.shipment!r} was given up",
            "19 CFR 146.22(c), 146.53(a)(2)",
            "announce what came as a shipment of its own, at once: it is in the zone without admission",
            "data.shipment",
        )
    if state.phase == "unknown":
        return _keep(state, kept, command)
    counted = in_unit_of_214(state, kept)
    if isinstance(counted, Refusal):
        return counted
    tell = Telling(state)
    tell.say(counted)
    clocks.start_deposit(tell, command.now)
    direct.start_next_day(tell)
    if (direct.delivered(tell.state) or direct.cumulative(tell.state)) and command.rules is not None:
        proceed(tell, command.rules)
    settle(tell, command.now)
    return tell.facts


def _too_late(state: Admission, command: Receive) -> Refusal | None:
    """A count made after receiving closed is not of this 214; one made before it may be told late."""
    ended = receiving_ended(state)
    if ended is None or command.counted_at <= ended:
        return None
    return refuse(
        "receiving-closed",
        f"receiving closed with the count of {instant_text(ended)}; "
        f"this one is of {instant_text(command.counted_at)}",
        "19 CFR 146.37(c), 146.53(d)",
        "announce what came more as a shipment of its own (214 within five days), "
        "or correct the count's time",
        "time",
    )


def _keep(state: Admission, kept: ReceiptKept, command: Receive) -> Sequence[Fact] | Refusal:
    """Goods without their announcement are on record, but in nobody's inventory (19 CFR 146.22(c))."""
    if command.approved_by:
        return refuse(
            "not-announced",
            f"shipment {state.shipment!r} of {state.issuer!r} is not announced",
            "19 CFR 146.22(c)",
            "announce it first",
        )
    waiting = OutcomeGiven(
        source=kept.event.source,
        event=kept.event.event,
        event_type=RECEIVED_TYPE,
        result="waiting",
        code="not-announced",
        reason=f"shipment {state.shipment!r} is not announced yet; the count is kept until it is",
        citation="19 CFR 146.22(c)",
        remedy="announce the shipment",
        dropped_fields=list(command.dropped_fields),
        subject=state.stream,
    )
    return [kept, waiting]


def _unusable(command: Receive) -> Refusal | None:
    seen: set[int] = set()
    for index, line in enumerate(command.lines):
        if line.line in seen:
            return refuse(
                "line-twice",
                f"line {line.line} is counted twice in receipt {command.receipt!r}",
                "19 CFR 146.22(b)",
                "count a line once in one receipt",
                f"data.lines[{index}].line",
            )
        seen.add(line.line)
        if not ZERO <= line.quantity <= QUANTITY_MAX:
            return refuse(
                "quantity-out-of-range",
                f"{line.quantity} {line.unit} is no count",
                "19 CFR 146.22(a)",
                f"send a quantity from 0 to {QUANTITY_MAX}",
                f"data.lines[{index}].quantity",
            )
    return None


def _again(
    state: Admission, before: ReceiptKept | ReceiptCounted, command: Receive
) -> Sequence[Fact] | Refusal:
    """The same receipt under another event: nothing new when it says the same, else refused."""
    if _says_the_same(state, before, command):
        return [Noted(why=f"receipt {command.receipt!r} is known, and says the same")]
    return refuse(
        "receipt-differs",
        f"receipt {command.receipt!r} was told before with other counts",
        "19 CFR 146.22(b)",
        "send the difference as a receipt of its own, under a new receipt id",
        "data.receipt",
    )


def _says_the_same(state: Admission, before: ReceiptKept | ReceiptCounted, command: Receive) -> bool:
    if before.final != command.final or before.counted_at != instant_text(command.counted_at):
        return False
    if isinstance(before, ReceiptKept):
        return before.lines == list(command.lines)
    was = {line.line: line.quantity for line in before.lines}
    now = {
        line.line: converted(line.quantity, line.unit, known.announced.unit)
        for line in command.lines
        if (known := state.line(line.line)) is not None
    }
    return was == now and len(now) == len(command.lines)


def _not_yet(command: Receive) -> Refusal | None:
    """A person's count has a time that has come; those of platforms were checked at the door."""
    if not command.approved_by or command.counted_at <= command.now:
        return None
    return refuse(
        "time-in-future",
        f"{instant_text(command.counted_at)} has not come yet (it is {instant_text(command.now)})",
        "19 CFR 146.22(d)",
        "check the date",
        "counted_at",
    )


def _too_old(command: Receive) -> Refusal | None:
    """Backdating over the account's days needs a person (policy; 19 CFR 146.22(d): accurate dates)."""
    if command.approved_by:
        return None
    calendar = PortCalendar(command.terms.timezone)
    days = (calendar.local_date(command.now) - calendar.local_date(command.counted_at)).days
    if days <= command.terms.backdating_days_max:
        return None
    return refuse(
        "receipt-backdated",
        f"counted {days} days ago; the account's procedures take counts up to "
        f"{command.terms.backdating_days_max} days old",
        "policy: accounts[].backdating_days_max; 19 CFR 146.22(d)",
        "a person confirms it: POST /v1/admissions/{account}/{issuer}/{shipment}/receipts",
        "time",
    )


def in_unit_of_214(state: Admission, kept: ReceiptKept) -> ReceiptCounted | Refusal:
    """The count in the 214's units, exactly; refused for a line or unit that the 214 cannot take."""
    lines: list[ReceiptLine] = []
    for index, counted in enumerate(kept.lines):
        line = state.line(counted.line)
        if line is None:
            return refuse(
                "line-unknown",
                f"the 214 has no line {counted.line}; it has {_numbers(state)}",
                "19 CFR 146.22(a)",
                "correct the count, or announce the shipment again with that line before it is filed",
                f"data.lines[{index}].line",
            )
        quantity = converted(counted.quantity, counted.unit, line.announced.unit)
        if quantity is None:
            return refuse(
                "unit-does-not-convert",
                f"{counted.quantity} {counted.unit} is no exact quantity in {line.announced.unit}",
                "19 CFR 146.22(b)",
                f"count line {counted.line} in {line.announced.unit}",
                f"data.lines[{index}].unit",
            )
        lines.append(ReceiptLine(line=counted.line, quantity=quantity))
    return ReceiptCounted(
        receipt=kept.receipt,
        counted_at=kept.counted_at,
        final=kept.final,
        lines=lines,
        event=kept.event,
        approved_by=kept.approved_by,
        approval_reason=kept.approval_reason,
    )


def _numbers(state: Admission) -> str:
    numbers = [str(line.number) for line in state.in_order()]
    return ", ".join(numbers[:20]) + (", ..." if len(numbers) > 20 else "")


def take_up_kept(tell: Telling) -> None:
    """The announcement came: early counts are taken now, and their senders answered."""
    for kept in sorted(tell.state.kept.values(), key=lambda k: (parse_instant(k.counted_at), k.receipt)):
        counted = in_unit_of_214(tell.state, kept)
        refused = counted if isinstance(counted, Refusal) else None
        if not isinstance(counted, Refusal):
            tell.say(counted)
        tell.say(
            OutcomeGiven(
                source=kept.event.source,
                event=kept.event.event,
                event_type=RECEIVED_TYPE,
                result="refused" if refused else "accepted",
                code=refused.code if refused else "",
                reason=refused.reason if refused else "",
                citation=refused.citation if refused else "",
                remedy=refused.remedy if refused else "",
                place=refused.place if refused else "",
                subject=tell.state.stream,
            )
        )
