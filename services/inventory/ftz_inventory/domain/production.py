"""Production and manipulation: components by layer, the Board's authority, made goods with their content.

19 CFR 146.52 (permit and audit trail), 15 CFR 400.14, 400.22 (authority), 19 CFR 146.65(b)(2) (foreign
content alone is dutiable), 19 USC 81c(a) (several products: by relative value at separation).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.production import (
    ComponentsAnswered,
    ComponentsRequested,
    ComponentsReturned,
    ComponentsTaken,
    Output,
    ProductionFinished,
    ProductionOpened,
    ProductionRefused,
)
from ftz_common.contracts.reference import KitPart, ProductionAuthority
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import derived_id, stream_name
from ftz_inventory.domain.making import make

CITATION = "15 CFR 400.14(a), 400.22; 19 CFR 146.52(b)(1)(iv)"


@dataclass(frozen=True, slots=True)
class OpenProduction:
    """Work on goods. `kits`: the parts of UINs that are sold as sets; `used`: what goes in directly."""

    opened: ProductionOpened
    kits: Mapping[str, Sequence[KitPart]] = field(default_factory=dict[str, Sequence[KitPart]])
    used: Mapping[tuple[str, str], Decimal] = field(default_factory=dict[tuple[str, str], Decimal])


Command = OpenProduction | ComponentsAnswered


@dataclass(slots=True)
class Production:
    """A production order."""

    stream: str
    zone: str
    account: str
    number: str
    opened: ProductionOpened | None = None
    taken: dict[str, ComponentsTaken] = field(default_factory=dict[str, ComponentsTaken])  #: by ledger
    over: Literal["", "finished", "refused"] = ""


def start(parts: tuple[str, ...]) -> Production:
    """("production", zone, account, id)."""
    _, zone, account, number = parts
    return Production(stream_name(*parts), zone, account, number)


def movement_of(production: str, ledger: str) -> str:
    """The movement by which a production takes from a ledger."""
    return derived_id("production", production, ledger)


def decide(production: Production, command: Command, _at: datetime) -> Sequence[Fact] | Refusal:
    """Open once; when every ledger has answered, make the goods or give everything back."""
    match command:
        case OpenProduction():
            return _open(production, command)
        case ComponentsAnswered():
            return _answered(production, command)


def _open(production: Production, command: OpenProduction) -> Sequence[Fact] | Refusal:
    opened = command.opened
    if production.opened is not None:
        if production.opened == opened:
            return [Noted(why=f"production {production.number} is open already")]
        return _no("production-differs", "it was opened before with other content", "Use an id of its own.")
    ledgers = [component.ledger for component in opened.components]
    if len(set(ledgers)) != len(ledgers):
        return _no("component-twice", "a part stands in it twice", "Add up what it takes of one part.")
    if not opened.components or not opened.outputs:
        return _no("production-empty", "it takes nothing, or makes nothing", "Say components and outputs.")
    if wrong := _out_of_range(opened) or _set_incomplete(command):
        return wrong
    return [opened, *(_ask(production, opened, c.ledger, c.quantity, c.unit) for c in opened.components)]


def _out_of_range(opened: ProductionOpened) -> Refusal | None:
    if any(not ZERO <= component.waste < component.quantity for component in opened.components):
        return _no(
            "waste-out-of-range",
            "of a component less than nothing is lost, or all of it",
            "Say of each component how much of what is taken is lost.",
        )
    quantities = [each.quantity for each in (*opened.components, *opened.outputs, *opened.recovered)]
    weights = [output.relative_value for output in opened.outputs]
    if min(quantities) <= 0 or min(weights) < 0 or not sum(weights):
        return _no(
            "quantity-out-of-range",
            "a quantity is not above zero, or the relative values are nothing together",
            "Correct the quantities and the relative values.",
        )
    return None


def _set_incomplete(command: OpenProduction) -> Refusal | None:
    """A set for retail sale is its parts put up together (GRI 3(b)): an order draws it as that article."""
    for output in command.opened.outputs:
        reworked = command.used.get((output.uin, output.unit), ZERO)
        for part in command.kits.get(output.uin, ()):
            needed = (output.quantity - reworked) * part.quantity
            used = command.used.get((part.uin, part.unit), ZERO)
            if used < needed:
                return Refusal(
                    code="set-incomplete",
                    reason=f"{plain(output.quantity)} {output.uin} hold {plain(needed)} {part.unit} of"
                    f" {part.uin}, and {plain(used)} are used",
                    citation="GRI 3(b), 19 USC 1202; 15 CFR 400.14(a)",
                    remedy="Say all that the sets are put up from, or correct their parts in the zone file.",
                    place="components",
                )
    return None


def _no(code: str, reason: str, remedy: str) -> Refusal:
    return Refusal(
        code=code, reason=reason, citation="19 CFR 146.52(d)(2)", remedy=remedy, place="production"
    )


def _ask(
    production: Production, opened: ProductionOpened, ledger: str, quantity: Decimal, unit: str
) -> ComponentsRequested:
    return ComponentsRequested(
        to=ledger,
        reply_to=production.stream,
        movement=movement_of(production.stream, ledger),
        kind=opened.kind,
        quantity=quantity,
        unit=unit,
        at=opened.at,
        permit=opened.permit,
        who=opened.who,
        reference=opened.reference or production.number,
    )


def _answered(production: Production, answer: ComponentsAnswered) -> Sequence[Fact]:
    opened = production.opened
    if opened is None or production.over or answer.ledger in production.taken:
        return [Noted(why=f"{answer.uin} was answered before")]
    taken = ComponentsTaken(
        ledger=answer.ledger, uin=answer.uin, pieces=answer.pieces, code=answer.code, reason=answer.reason
    )
    known = {**production.taken, answer.ledger: taken}
    if len(known) < len(opened.components):
        return [taken]
    lacking = [each for each in known.values() if each.code]
    if lacking:
        refused = ProductionRefused(
            production=production.number,
            code=lacking[0].code,
            reason=f"{lacking[0].uin}: {lacking[0].reason}",
            citation="19 CFR 146.52(a), 146.24(a)(2)",
            remedy="Correct what is missing, and open it again under an id of its own.",
        )
        return [taken, refused, *_give_back(production, opened, known, refused.reason)]
    authority = _authority(opened, known)
    if isinstance(authority, Refusal):
        refused = ProductionRefused(
            production=production.number,
            code=authority.code,
            reason=authority.reason,
            citation=authority.citation,
            remedy=authority.remedy,
        )
        return [taken, refused, *_give_back(production, opened, known, authority.reason)]
    return [taken, *make(production.stream, opened, known, authority)]


def _give_back(
    production: Production, opened: ProductionOpened, known: dict[str, ComponentsTaken], why: str
) -> list[Fact]:
    return [
        ComponentsReturned(
            to=ledger,
            movement=movement_of(production.stream, ledger),
            at=opened.at,
            who=opened.who,
            reason=why,
        )
        for ledger, taken in known.items()
        if taken.pieces
    ]


# ---- the Board's authority ----------------------------------------------------------------------


def _authority(opened: ProductionOpened, known: dict[str, ComponentsTaken]) -> str | Refusal:
    """A change of classification is production, and production needs authority (15 CFR 400.2(o), 400.14(a)).

    Kitting and other work that leaves the number as it was needs none.
    """
    on = PortCalendar.of(opened.timezone).local_date(parse_instant(opened.at)).isoformat()
    inputs = {p.number for taken in known.values() for p in taken.pieces if p.status != "D"}
    used: list[str] = []
    for output in opened.outputs:
        changed = sorted(number for number in inputs if number != output.number)
        if not changed:
            continue
        found = next((a for a in opened.authorities if _covers(a, opened, changed, output, on)), None)
        if found is None:
            return Refusal(
                code="production-not-authorised",
                reason=f"{', '.join(changed)} become {output.number} ({output.uin}), and no authority of the "
                f"Board in force on {on} says so",
                citation=CITATION,
                remedy="Notify the Board and wait for its authority, or leave the classification as it is.",
                place="outputs",
            )
        used.append(found.reference)
    return ", ".join(dict.fromkeys(used))


def _covers(
    authority: ProductionAuthority, opened: ProductionOpened, inputs: list[str], output: Output, on: str
) -> bool:
    return (
        authority.effective_from <= on <= (authority.effective_to or on)
        and (not authority.accounts or opened.account in authority.accounts)
        and output.number[:6] in authority.outputs
        and all(number[:6] in authority.inputs for number in inputs)
    )


def evolve(production: Production, fact: Any) -> Production:
    """The production after a fact."""
    match fact:
        case ProductionOpened():
            production.opened = fact
        case ComponentsTaken():
            production.taken[fact.ledger] = fact
        case ProductionFinished():
            production.over = "finished"
        case ProductionRefused():
            production.over = "refused"
        case _:
            pass
    return production
