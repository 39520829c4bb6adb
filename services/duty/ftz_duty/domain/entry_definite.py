"""Definite goods: an entry that is no week's estimate names what leaves, and that has five working days.

The goods of the orders of a day, or of one order, are entered before they leave (19 CFR 146.62(a), (b)(1)).
They are constructively transferred when the entry is accepted (146.61), all of them: what does not leave in
five working days of the permit stays entered until CBP cancels it, or the port director gives more time
(146.71(c), (d)(1)(i)). The summary is for all that the entry covers (146.62(a)), so it waits for either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.duty import EntryLineTaken, EntryOpened, EstimateLine, GoodsOrdered, RemovalExtended
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import CoverGranted
from ftz_common.values.calendar import PortCalendar, end_of_day, parse_instant
from ftz_common.values.exact import ZERO, plain, share
from ftz_common.values.period import first_day, period_kind, said_period
from ftz_duty.domain.entry_state import REMOVAL_CLOCK, Attempt, EntryState
from ftz_duty.domain.goods_key import cover_stream, entry_stream, goods_key, key_parts
from ftz_duty.domain.removal_clock import Clock
from ftz_duty.domain.removal_settings import RemovalSettings

#: A permit is good for five working days; the port director may give more (19 CFR 146.71(c)).
REMOVAL_WORKING_DAYS = 5
REMOVAL = Clock(
    REMOVAL_CLOCK,
    "the physical removal of the goods of the entry",
    "19 CFR 146.71(c)",
    "let them leave, or ask the port director for more time for good cause and record it"
    " (ftz entry extended); else CBP cancels the entry (146.71(d)(1)(i)): record that (ftz entry cancelled)",
)
FILE_GOODS = "file-goods"
FILE_CITATION = "19 CFR 146.62(a), 146.71(a)"
#: Lines of one order come one after another; they are entered together.
TOGETHER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OrderGoods:
    """Goods are kept for an order line (`lines`), or so much of it is not wanted any more (`less`).

    `lead_hours`: before the first midnight of its day a daily entry is filed.
    """

    reservation: str
    order: str
    line: int
    lines: tuple[EstimateLine, ...]
    less: Decimal
    settings: RemovalSettings
    lead_hours: int


@dataclass(frozen=True, slots=True)
class ExtendRemoval:
    """The port director gave more time for good cause (19 CFR 146.71(c))."""

    entry_number: str
    remove_by: str
    reason: str
    who: str


def is_definite(week: str) -> bool:
    """Whether an entry of this period names its goods, instead of estimating a week."""
    return period_kind(week) != "weekly"


def calendar_of(opened: EntryOpened) -> PortCalendar:
    """The port's working days."""
    return PortCalendar.of(opened.timezone, map(date.fromisoformat, opened.closures))


# ---- what is to be entered ------------------------------------------------------------------------------


def ordered(state: EntryState, command: OrderGoods, at: datetime) -> list[Fact]:
    """Counted at once, entered with what else comes in that minute, a daily entry before its day."""
    lines = list(command.lines) or _less(state.ordered.get(command.reservation, []), command.less)
    if not lines:
        return [Noted(why="nothing of it is foreign, or was to be entered")]
    facts: list[Fact] = [
        GoodsOrdered(reservation=command.reservation, order=command.order, line=command.line, lines=lines)
    ]
    if not state.to_file and command.lines:
        due = at + TOGETHER
        if period_kind(state.week) == "daily":
            begins = PortCalendar.of(command.settings.timezone).instant(first_day(state.week))
            due = max(due, begins - timedelta(hours=command.lead_hours))
        facts.append(
            DeadlineSet(name=FILE_GOODS, due_at=instant_text(due), subject=state.week, citation=FILE_CITATION)
        )
    return facts


def _less(known: Sequence[EstimateLine], less: Decimal) -> list[EstimateLine]:
    """The last of what was wanted is not wanted any more, as lines below zero."""
    found: list[EstimateLine] = []
    net: dict[str, EstimateLine] = {}
    for line in known:
        before = net.get(goods_key(line))
        quantity = line.quantity + (before.quantity if before else ZERO)
        value = line.value + (before.value if before else ZERO)
        net[goods_key(line)] = replace(line, quantity=quantity, value=value)
    for line in reversed(net.values()):
        part = min(less, line.quantity)
        less -= part
        if part:
            value = share(line.value, part, line.quantity)
            found.append(replace(line, quantity=-part, value=-value))
    return found


def to_enter(state: EntryState) -> list[EstimateLine]:
    """What orders want and no filing of this entry asks release for, by goods."""
    wanted: dict[str, tuple[Decimal, Decimal]] = {}
    for line in (line for lines in state.ordered.values() for line in lines):
        quantity, value = wanted.get(goods_key(line), (ZERO, ZERO))
        wanted[goods_key(line)] = quantity + line.quantity, value + line.value
    for attempt in state.asking():
        for line in (*attempt.lines, *attempt.cancelled):
            quantity, value = wanted.get(goods_key(line), (ZERO, ZERO))
            wanted[goods_key(line)] = quantity - line.quantity, value - line.value
    found: list[EstimateLine] = []
    for key in sorted(wanted):
        quantity, value = wanted[key]
        if quantity > 0:
            number, status, origin, unit = key_parts(key)
            found.append(
                EstimateLine(
                    number=number,
                    status=status,
                    origin=origin,
                    unit=unit,
                    quantity=quantity,
                    value=max(ZERO, value),
                )
            )
    return found


# ---- five working days ----------------------------------------------------------------------------------


def window(opened: EntryOpened, permitted_at: str) -> date:
    """The last local day for removal: permit Friday 20 November 2026, Monday 30 November."""
    calendar = calendar_of(opened)
    return calendar.add_working_days(calendar.local_date(parse_instant(permitted_at)), REMOVAL_WORKING_DAYS)


def permitted(state: EntryState, opened: EntryOpened, attempt: Attempt, at: str) -> list[Fact]:
    """The clock of an entry, from the first permit under its number."""
    if attempt.document in state.remove_by:
        return []
    by = window(opened, at)
    return list(REMOVAL.started(by, calendar_of(opened), state.numbers.get(attempt.document, "")))


def closes_at(opened: EntryOpened, remove_by: str) -> str:
    """The first instant after that day."""
    return instant_text(end_of_day(date.fromisoformat(remove_by), calendar_of(opened)))


def unremoved(state: EntryState, taken: EntryLineTaken | None = None) -> dict[int, list[EstimateLine]]:
    """What was permitted and has not left, by entry; `taken`: what this decision adds."""
    gone = {key: held.quantity for key, held in state.held.items()}
    for piece in taken.pieces if taken is not None else ():
        if piece.counts != "line":
            sign = -1 if taken is not None and taken.reversed else 1
            gone[goods_key(piece)] = gone.get(goods_key(piece), ZERO) + sign * piece.quantity
    found: dict[int, list[EstimateLine]] = {}
    for attempt in sorted(state.accepted(), key=lambda each: (each.document, each.number)):
        rest = found.setdefault(attempt.document, [])
        for line in attempt.lines:
            out = max(ZERO, min(line.quantity, gone.get(goods_key(line), ZERO)))
            gone[goods_key(line)] = gone.get(goods_key(line), ZERO) - out
            if line.quantity > out:
                rest.append(replace(line, quantity=line.quantity - out))
    return found


def clocks(state: EntryState, taken: EntryLineTaken) -> list[Fact]:
    """A clock stops when everything left, and runs on when something of it was taken back."""
    if not state.remove_by:
        return []
    facts: list[Fact] = []
    rest = unremoved(state, taken)
    for document, by in sorted(state.remove_by.items()):
        runs, open_ = document in state.clocks, bool(rest.get(document))
        number = state.numbers.get(document, "")
        if runs and not open_:
            facts.append(REMOVAL.stopped("everything entered has left the zone", number))
        if open_ and not runs and not state.ended:
            facts.append(REMOVAL.runs(by, number))
    return facts


def waiting_for_cancellation(state: EntryState) -> list[str]:
    """What was entered and did not leave in its time, as differences to be solved by a person."""
    if not is_definite(state.week):
        return []
    return [
        f"{plain(line.quantity)} {line.unit} of {line.number} status {line.status} origin {line.origin} are"
        f" entered under {state.numbers.get(document, '')} and did not leave by {state.remove_by[document]}:"
        " record CBP's cancellation of the entry for them, or the port director's extension"
        " (19 CFR 146.71(c), (d)(1))"
        for document, lines in sorted(unremoved(state).items())
        if document in state.remove_by
        for line in lines
    ]


def extend(state: EntryState, command: ExtendRemoval, at: datetime) -> Sequence[Fact] | Refusal:
    """A later day for one entry; goods that left meanwhile had a permit after all."""
    document = next((d for d, number in state.numbers.items() if number == command.entry_number), 0)
    by, opened = state.remove_by.get(document, ""), state.opened
    if refused := _not_extended(state, command, by):
        return refused
    assert opened is not None  # noqa: S101 it has a permit
    number = command.entry_number
    facts: list[Fact] = [
        RemovalExtended(
            document=document,
            entry_number=number,
            remove_by=command.remove_by,
            reason=command.reason,
            who=command.who,
        )
    ]
    rest = unremoved(state).get(document, [])
    due = closes_at(opened, command.remove_by)
    if rest:
        facts.append(REMOVAL.runs(command.remove_by, number))
    facts.append(DeadlineSet(name=REMOVAL_CLOCK, due_at=due, subject=number, citation="19 CFR 146.71(c)"))
    attempts = [a for a in state.accepted() if a.document == document]
    facts.extend(grants(state, attempts, due))
    return facts


def _not_extended(state: EntryState, command: ExtendRemoval, by: str) -> Refusal | None:
    code, reason = "", ""
    if not by:
        known = ", ".join(state.numbers[d] for d in sorted(state.remove_by)) or "none"
        code = "no-removal-clock"
        reason = f"no permit for definite goods stands under {command.entry_number!r}; there is {known}"
    elif state.compiled is not None:
        code, reason = "week-compiled", f"{said_period(state.week)} is compiled already"
    elif command.remove_by <= by:
        code, reason = "not-later", f"{command.remove_by} is not after {by}, until when they may leave now"
    if not code:
        return None
    return Refusal(
        code=code,
        reason=reason,
        citation="19 CFR 146.71(c)",
        remedy="name the entry and the day that the port director gave",
        place="remove_by" if by else "entry_number",
    )


def grants(state: EntryState, attempts: Iterable[Attempt], closes: str = "") -> list[Fact]:
    """Goods may leave once their entry is accepted, up to its quantities (19 CFR 146.61, 146.63(c)(1))."""
    stream = entry_stream(state.zone, state.account, state.week)
    return [
        CoverGranted(
            to=cover_stream(state.zone, state.account, state.week, goods_key(line)),
            entry=stream,
            entry_number=state.numbers.get(attempt.document, ""),
            attempt=attempt.number,
            quantity=line.quantity,
            accepted_at=attempt.answered_at,
            closes_at=closes,
        )
        for attempt in attempts
        for line in attempt.lines
    ]
