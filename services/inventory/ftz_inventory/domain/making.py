"""What a production makes: layers that keep what they contain, and waste that somebody pays for.

19 CFR 146.65(b)(2) (foreign content alone is dutiable; waste at the price paid for it), 146.42(b) (recovered
waste), 19 USC 81c(a) (several products by relative value at separation, and an allowance for waste).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import Content, LayerOpened, Piece
from ftz_common.contracts.movements import OpeningRequested
from ftz_common.contracts.production import (
    Component,
    ComponentsTaken,
    Output,
    ProductionFinished,
    ProductionOpened,
    Recovered,
)
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import ZERO, share
from ftz_common.values.names import derived_id, stream_parts


def contents_of(taken: ComponentsTaken, component: Component | None = None) -> list[Content]:
    """What the pieces are, per source layer; made goods are what they contain, through every level.

    Of privileged content what is lost in this component is allowed for (19 USC 81c(a)); of the rest the
    statute says nothing, and what was paid for it is dutiable (19 CFR 146.65(b)(2)).
    """
    found: list[Content] = []
    for piece in taken.pieces:
        found += piece.contents or [_content(taken, piece)]
    if component is None or not component.waste:
        return found
    return [_allowed(c, component) if c.status == "P" else c for c in found]


def _allowed(content: Content, component: Component) -> Content:
    """The content without its share of what is lost."""
    used = component.quantity - component.waste
    quantity = share(content.quantity, used, component.quantity)
    return msgspec.structs.replace(
        content,
        quantity=quantity,
        value=share(content.value, used, component.quantity),
        waste=content.waste + content.quantity - quantity,
    )


def _content(taken: ComponentsTaken, piece: Piece) -> Content:
    return Content(
        layer=piece.layer,
        ledger=taken.ledger,
        uin=taken.uin,
        admission=piece.admission,
        admission_number=piece.admission_number,
        admission_line=piece.admission_line,
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
                waste=_part(content.waste, before, after, whole),
            )
            before = after
            if part.quantity or part.value:
                found[index].append(part)
    return found


def _part(total: Decimal, before: Decimal, after: Decimal, whole: Decimal) -> Decimal:
    return share(total, after, whole) - share(total, before, whole)


def make(
    production: str, opened: ProductionOpened, known: Mapping[str, ComponentsTaken], authority: str
) -> list[Fact]:
    components = {component.ledger: component for component in opened.components}
    contents = [
        content for taken in known.values() for content in contents_of(taken, components[taken.ledger])
    ]
    parts = divided(contents, [output.relative_value for output in opened.outputs])
    asked = [
        _opening(production, opened, output, content)
        for output, content in zip(opened.outputs, parts, strict=True)
    ]
    foreign = sum((c.value for c in contents if c.status != "D"), ZERO)
    finished = ProductionFinished(
        production=opened.production,
        layers=[each.layer.layer for each in asked],
        authority=authority,
        foreign_value=foreign,
        domestic_value=sum((c.value for c in contents), ZERO) - foreign,
    )
    status: Literal["N", "D"] = "N" if any(content.status != "D" for content in contents) else "D"
    waste = [_recovered(production, opened, each, contents, status) for each in opened.recovered]
    return [finished, *asked, *waste]


def _recovered(
    production: str,
    opened: ProductionOpened,
    recovered: Recovered,
    contents: Sequence[Content],
    status: Literal["N", "D"],
) -> OpeningRequested:
    """Waste recovered of foreign goods is non-privileged, whatever they were, and worth what is paid for it
    (19 CFR 146.42(b), 146.65(b)(2)).
    """
    first = min(contents, key=lambda content: (content.admitted_on, content.admission_number, content.layer))
    _, zone, site, account, _ = stream_parts(recovered.ledger)
    movement = derived_id("recovered", production, recovered.ledger)
    layer = LayerOpened(
        layer=derived_id("recovered-layer", production, recovered.uin),
        zone=zone,
        site=site,
        account=account,
        uin=recovered.uin,
        admission=first.admission,
        admission_number=first.admission_number,
        line=1,
        receipt=opened.production,
        admitted_on=PortCalendar.of(opened.timezone).local_date(parse_instant(opened.at)).isoformat(),
        admitted_at=opened.at,
        quantity=recovered.quantity,
        unit=recovered.unit,
        value=recovered.value,
        status=status,
        origin=recovered.origin,
        number=recovered.number,
        revision=recovered.revision,
        decision="",
        timezone=opened.timezone,
        week_starts=opened.week_starts,
        opened_by="wasted",
        movement=movement,
    )
    return OpeningRequested(
        to=recovered.ledger,
        movement=movement,
        kind="wasted",
        at=opened.at,
        layer=layer,
        who=opened.who,
        reference=opened.reference or opened.production,
        authority=opened.permit.number if opened.permit else "",
    )


def _status(contents: Sequence[Content]) -> Literal["P", "N", "D"]:
    """Nonprivileged as soon as something nonprivileged is in it; domestic only if all of it is."""
    statuses = {content.status for content in contents}
    if "N" in statuses:
        return "N"
    return "P" if "P" in statuses else "D"


def _opening(
    production: str, opened: ProductionOpened, output: Output, contents: list[Content]
) -> OpeningRequested:
    """Worth its foreign content; if all is domestic, that (19 CFR 146.65(b)(2))."""
    status = _status(contents)
    foreign = [content for content in contents if content.status != "D"]
    worth = sum((content.value for content in foreign or contents), ZERO)
    first = min(contents, key=lambda content: (content.admitted_on, content.admission_number, content.layer))
    on = PortCalendar.of(opened.timezone).local_date(parse_instant(opened.at)).isoformat()
    _, zone, site, account, _ = stream_parts(output.ledger)
    movement = derived_id("made", production, output.ledger)
    layer = LayerOpened(
        layer=derived_id("made-layer", production, output.uin),
        zone=zone,
        site=site,
        account=account,
        uin=output.uin,
        admission=first.admission,
        admission_number=first.admission_number,
        line=1,
        receipt=opened.production,
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
        reference=opened.reference or opened.production,
        authority=opened.permit.number if opened.permit else "",
    )
