"""Production and manipulation: components by layer, the Board's authority, made goods with their content.

19 CFR 146.52 (permit and audit trail), 15 CFR 400.14, 400.22 (authority), 19 CFR 146.65(b)(2) (foreign
content alone is dutiable), 19 USC 81c(a) (several products: by relative value at separation).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import Content, LayerOpened, Piece
from ftz_common.contracts.movements import OpeningRequested
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
from ftz_common.contracts.reference import ProductionAuthority
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import ZERO, share
from ftz_common.values.names import derived_id, stream_name, stream_parts

CITATION = "15 CFR 400.14(a), 400.22; 19 CFR 146.52(b)(1)(iv)"


@dataclass(frozen=True, slots=True)
class OpenProduction:
    """Work on goods."""

    opened: ProductionOpened


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
        case OpenProduction(opened=opened):
            return _open(production, opened)
        case ComponentsAnswered():
            return _answered(production, command)


def _open(production: Production, opened: ProductionOpened) -> Sequence[Fact] | Refusal:
    if production.opened is not None:
        if production.opened == opened:
            return [Noted(why=f"production {production.number} is open already")]
        return _no("production-differs", "it was opened before with other content", "Use an id of its own.")
    ledgers = [component.ledger for component in opened.components]
    if len(set(ledgers)) != len(ledgers):
        return _no("component-twice", "a part stands in it twice", "Add up what it takes of one part.")
    if not opened.components or not opened.outputs:
        return _no("production-empty", "it takes nothing, or makes nothing", "Say components and outputs.")
    quantities = [each.quantity for each in (*opened.components, *opened.outputs)]
    weights = [output.relative_value for output in opened.outputs]
    if min(quantities) <= 0 or min(weights) < 0 or not sum(weights):
        return _no(
            "quantity-out-of-range",
            "a quantity is not above zero, or the relative values are nothing together",
            "Correct the quantities and the relative values.",
        )
    return [opened, *(_ask(production, opened, c.ledger, c.quantity, c.unit) for c in opened.components)]


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
    return [taken, *_make(production, opened, known, authority)]


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


# ---- made goods ---------------------------------------------------------------------------------


def contents_of(taken: ComponentsTaken) -> list[Content]:
    """What the pieces are, per source layer; made goods are what they contain, through every level."""
    found: list[Content] = []
    for piece in taken.pieces:
        found += piece.contents or [_content(taken, piece)]
    return found


def _content(taken: ComponentsTaken, piece: Piece) -> Content:
    return Content(
        layer=piece.layer,
        ledger=taken.ledger,
        uin=taken.uin,
        admission=piece.admission,
        admission_number=piece.admission_number,
        admitted_on=piece.admitted_on,
        quantity=piece.quantity,
        unit=piece.unit,
        value=piece.value,
        status=piece.status,
        pf_filed_on=piece.pf_filed_on,
        origin=piece.origin,
        number=piece.number,
        revision=piece.revision,
        decision=piece.decision,
        measures=piece.measures,
    )


def divided(contents: Sequence[Content], weights: Sequence[Decimal]) -> list[list[Content]]:
    """Each content over several products by relative value; the parts add up to it (19 USC 81c(a))."""
    whole = sum(weights, ZERO)
    found: list[list[Content]] = [[] for _ in weights]
    for content in contents:
        before = ZERO
        for index, weight in enumerate(weights):
            after = before + weight
            part = msgspec.structs.replace(
                content,
                quantity=_part(content.quantity, before, after, whole),
                value=_part(content.value, before, after, whole),
            )
            before = after
            if part.quantity or part.value:
                found[index].append(part)
    return found


def _part(total: Decimal, before: Decimal, after: Decimal, whole: Decimal) -> Decimal:
    return share(total, after, whole) - share(total, before, whole)


def _make(
    production: Production, opened: ProductionOpened, known: dict[str, ComponentsTaken], authority: str
) -> list[Fact]:
    contents = [content for taken in known.values() for content in contents_of(taken)]
    parts = divided(contents, [output.relative_value for output in opened.outputs])
    asked = [
        _opening(production, opened, output, content)
        for output, content in zip(opened.outputs, parts, strict=True)
    ]
    foreign = sum((c.value for c in contents if c.status != "D"), ZERO)
    finished = ProductionFinished(
        production=production.number,
        layers=[each.layer.layer for each in asked],
        authority=authority,
        foreign_value=foreign,
        domestic_value=sum((c.value for c in contents), ZERO) - foreign,
    )
    return [finished, *asked]


def _status(contents: Sequence[Content]) -> Literal["P", "N", "D"]:
    """Nonprivileged as soon as something nonprivileged is in it; domestic only if all of it is."""
    statuses = {content.status for content in contents}
    if "N" in statuses:
        return "N"
    return "P" if "P" in statuses else "D"


def _opening(
    production: Production, opened: ProductionOpened, output: Output, contents: list[Content]
) -> OpeningRequested:
    """Worth its foreign content; if all is domestic, that (19 CFR 146.65(b)(2))."""
    status = _status(contents)
    foreign = [content for content in contents if content.status != "D"]
    worth = sum((content.value for content in foreign or contents), ZERO)
    first = min(contents, key=lambda content: (content.admitted_on, content.admission_number, content.layer))
    on = PortCalendar.of(opened.timezone).local_date(parse_instant(opened.at)).isoformat()
    _, zone, site, account, _ = stream_parts(output.ledger)
    movement = derived_id("made", production.stream, output.ledger)
    layer = LayerOpened(
        layer=derived_id("made-layer", production.stream, output.uin),
        zone=zone,
        site=site,
        account=account,
        uin=output.uin,
        admission=first.admission,
        admission_number=first.admission_number,
        line=1,
        receipt=production.number,
        admitted_on=on,
        admitted_at=opened.at,
        quantity=output.quantity,
        unit=output.unit,
        value=worth,
        status=status,
        pf_filed_on=max((c.pf_filed_on or "" for c in foreign), default="") if status == "P" else None,
        origin=output.origin,
        number=output.number,
        revision=output.revision,
        decision=output.decision,
        timezone=opened.timezone,
        week_starts=opened.week_starts,
        opened_by="produced" if opened.kind == "consumed" else "manipulated",
        movement=movement,
        contents=contents,
    )
    return OpeningRequested(
        to=output.ledger,
        movement=movement,
        kind="produced" if opened.kind == "consumed" else "manipulated",
        at=opened.at,
        layer=layer,
        who=opened.who,
        reference=opened.reference or production.number,
        authority=opened.permit.number if opened.permit else "",
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
