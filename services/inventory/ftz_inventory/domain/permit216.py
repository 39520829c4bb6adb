"""Permits to handle goods in the zone: CBP 216, for one operation or blanket up to a year (19 CFR 146.52)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.movements import OperationReported, PermitGranted, PermitRevoked, PermitUsed
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_name
from ftz_inventory.domain.moves import PermitSeen


@dataclass(frozen=True, slots=True)
class GrantPermit:
    """CBP approved the application."""

    granted: PermitGranted


@dataclass(frozen=True, slots=True)
class RevokePermit:
    """The port director revoked it (19 CFR 146.52(b)(2))."""

    revoked_on: str
    reason: str
    who: str


Command = GrantPermit | RevokePermit | OperationReported


@dataclass(slots=True)
class Permit216:
    """A permit and what was done under it: quantity by movement and ledger."""

    stream: str
    zone: str
    account: str
    number: str
    granted: PermitGranted | None = None
    revoked_on: str = ""
    total: Decimal = ZERO
    used: dict[str, Decimal] = field(default_factory=dict[str, Decimal])

    @property
    def seen(self) -> PermitSeen | None:
        """As commands to ledgers carry it; None until it is granted."""
        if self.granted is None:
            return None
        return PermitSeen(
            self.stream,
            self.number,
            tuple(self.granted.activities),
            self.granted.valid_from,
            self.granted.valid_to,
            self.revoked_on,
            tuple(self.granted.uins),
        )


def start(parts: tuple[str, ...]) -> Permit216:
    """("permit", zone, account, number)."""
    _, zone, account, number = parts
    return Permit216(stream_name(*parts), zone, account, number)


def decide(permit: Permit216, command: Command, _at: datetime) -> Sequence[Fact] | Refusal:
    """Granted once, revoked once, used as often as it allows; what goes beyond is said, never hidden."""
    match command:
        case GrantPermit(granted=granted):
            return _grant(permit, granted)
        case RevokePermit():
            return _revoke(permit, command)
        case OperationReported():
            return _use(permit, command)


def _grant(permit: Permit216, granted: PermitGranted) -> Sequence[Fact] | Refusal:
    if permit.granted is not None:
        if permit.granted == granted:
            return [Noted(why=f"permit {permit.number} is recorded already")]
        return _refusal(
            "permit-differs",
            f"permit {permit.number} was recorded before with other content",
            "19 CFR 146.52(a)",
            "A new approval is a permit of its own number.",
            "permit",
        )
    first, last = date.fromisoformat(granted.valid_from), date.fromisoformat(granted.valid_to)
    if last < first:
        return _refusal(
            "permit-period",
            f"{granted.valid_to} is before {granted.valid_from}",
            "19 CFR 146.52(b)(2)",
            "Send the first and the last day on which it holds.",
            "valid_to",
        )
    if last >= _year_after(first):
        return _refusal(
            "permit-over-a-year",
            f"from {granted.valid_from} to {granted.valid_to} is more than a year",
            "19 CFR 146.52(b)(2)",
            "A blanket permit holds for a year at most: file a new one for the time after.",
            "valid_to",
        )
    if not granted.activities:
        return _refusal(
            "permit-without-activity",
            "a permit allows to manipulate, manufacture, exhibit or destroy",
            "19 CFR 146.52(a)",
            "Say what CBP approved.",
            "activities",
        )
    return [granted]


def _year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)


def _revoke(permit: Permit216, command: RevokePermit) -> Sequence[Fact] | Refusal:
    if permit.granted is None:
        return _refusal(
            "permit-unknown",
            f"no permit {permit.number} is recorded",
            "19 CFR 146.52(b)(2)",
            "Check the number of the CBP 216.",
            "permit",
        )
    if permit.revoked_on:
        return [Noted(why=f"permit {permit.number} was revoked on {permit.revoked_on}")]
    return [
        PermitRevoked(
            permit=permit.number, revoked_on=command.revoked_on, reason=command.reason, who=command.who
        )
    ]


def _use(permit: Permit216, done: OperationReported) -> Sequence[Fact]:
    key = f"{done.movement} {done.ledger}"
    if done.reversed:
        if key not in permit.used:
            return [Noted(why=f"nothing of {done.movement} is in permit {permit.number}")]
        quantity, beyond = -permit.used[key], ""
    elif key in permit.used:
        return [Noted(why=f"{done.movement} is in permit {permit.number} already")]
    else:
        quantity, beyond = done.quantity, _beyond(permit, done)
    return [
        PermitUsed(
            permit=permit.number,
            movement=done.movement,
            ledger=done.ledger,
            kind=done.kind,
            uin=done.uin,
            quantity=quantity,
            unit=done.unit,
            on=done.on,
            total=permit.total + quantity,
            beyond=beyond,
        )
    ]


def _beyond(permit: Permit216, done: OperationReported) -> str:
    granted = permit.granted
    if granted is None:
        return "the permit is not recorded"
    if permit.revoked_on and done.on >= permit.revoked_on:
        return f"revoked on {permit.revoked_on}"
    over = ZERO if granted.quantity_max is None else permit.total + done.quantity - granted.quantity_max
    return f"{plain(over)} {done.unit} more than it allows" if over > 0 else ""


def _refusal(code: str, reason: str, citation: str, remedy: str, place: str) -> Refusal:
    return Refusal(code=code, reason=reason, citation=citation, remedy=remedy, place=place)


def evolve(permit: Permit216, fact: Any) -> Permit216:
    """The permit after a fact."""
    match fact:
        case PermitGranted():
            permit.granted = fact
        case PermitRevoked():
            permit.revoked_on = fact.revoked_on
        case PermitUsed():
            key = f"{fact.movement} {fact.ledger}"
            permit.total = fact.total
            if fact.quantity < 0:
                permit.used.pop(key, None)
            else:
                permit.used[key] = fact.quantity
        case _:
            pass
    return permit
