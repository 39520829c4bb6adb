"""What follows a movement: it is brought back, taken back, its papers follow, or its time runs out."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from ftz_common.contracts.common import ClockExpired, ClockStopped, DeadlineSet, Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import LayerOpened, Piece
from ftz_common.contracts.movements import (
    GoodsBroughtBack,
    GoodsMoved,
    MovementReversed,
    OperationReported,
    OverageFound,
    OverageSettled,
    ZoneHistorySent,
)
from ftz_common.values.calendar import PortCalendar, end_of_day, parse_instant
from ftz_common.values.exact import ZERO, plain, share
from ftz_common.values.names import derived_id
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.identity import permit_stream
from ftz_inventory.domain.layer import Layer
from ftz_inventory.domain.moves import (
    BringBack,
    FindOverage,
    ReceiveFromZone,
    ReverseMovement,
    SendHistory,
    SettleOverage,
)
from ftz_inventory.domain.moving import HISTORY, OUTSIDE
from ftz_inventory.domain.stock import Moved, Take

#: 19 CFR 146.53(d): a 214 or an entry within 5 days after identification, else general order.
OVERAGE_DAYS = timedelta(days=5)
OVERAGE = "overage"
STATUS = Literal["P", "N", "D", "Z"]
HOW = Literal["admitted", "entered", "general-order", "explained"]


def bring_back(draft: Draft, command: BringBack) -> Refusal | None:
    """Goods that were out come back to the layers they left: their status was never another."""
    known = draft.ledger.movement(command.movement)
    if known is None or known.kind != "temporarily-removed" or known.reversed:
        return _no_movement(command.movement, "no temporary removal of that id is open", "19 CFR 146.51")
    if command.back in known.backs:
        draft.facts.append(Noted(why=f"return {command.back} is in the book already"))
        return None
    moved = draft.moved(command.movement)
    quantity = command.quantity or moved.out
    if quantity > moved.out or quantity <= 0:
        return Refusal(
            code="more-than-is-out",
            reason=f"{plain(moved.out)} {moved.unit} of {command.movement} are out, not {plain(quantity)}",
            citation="19 CFR 146.23(b)(4), 146.53(d)",
            remedy="What came back beyond that is an overage: record it as such.",
            place="quantity",
        )
    on = PortCalendar.of(command.local.timezone).local_date(parse_instant(command.at)).isoformat()
    pieces = _give_back(draft, moved.takes, quantity)
    out = moved.out
    ledger = draft.ledger
    draft.facts.append(
        GoodsBroughtBack(
            movement=command.movement,
            back=command.back,
            at=command.at,
            on=on,
            quantity=quantity,
            out=out,
            pieces=pieces,
            who=command.who,
            zone=ledger.zone,
            account=ledger.account,
            uin=ledger.uin,
        )
    )
    if not out:
        _stop(draft, OUTSIDE, command.movement, "all of it is back")
    return None


def _give_back(draft: Draft, takes: Iterable[Take], quantity: Decimal) -> list[Piece]:
    """Last taken, first given back; each piece worth what a smaller movement would have been worth less."""
    pieces: list[Piece] = []
    for take in reversed(list(takes)):
        if not quantity:
            break
        back = min(quantity, take.quantity)
        value = take.value - min(take.value, share(take.value, take.quantity - back, take.quantity))
        take.quantity -= back
        take.value -= value
        pieces.append(draft.give_back(draft.layer(take.layer), back, value))
        quantity -= back
    return pieces


def reverse_movement(draft: Draft, command: ReverseMovement) -> Refusal | None:
    """It did not happen: goods are in their layers again, and what it opened never was (19 CFR 146.23(b)).

    Refused when something was built upon it: first take that back.
    """
    known = draft.ledger.movement(command.movement)
    if known is None:
        return _no_movement(command.movement, "no such movement is in the book", "19 CFR 146.23(b)(4)")
    if known.reversed:
        draft.facts.append(Noted(why=f"movement {command.movement} was taken back already"))
        return None
    if not command.approved_by or command.approved_by == command.who:
        return Refusal(
            code="approved-by-oneself" if command.approved_by else "field-missing",
            reason="a correction of the book has two persons",
            citation="policy: a correction has two persons (19 CFR 146.4(a))",
            remedy="Send approved_by: another person.",
            place="approved_by",
        )
    opened = [draft.layer(layer) for layer in known.opened]
    if touched := next((layer for layer in opened if draft.stock(layer)[0] != layer.quantity), None):
        return _built_upon(command.movement, touched)
    if known.backs:
        return _no_movement(
            command.movement, "a part of it was brought back: it did happen", "19 CFR 146.23(b)(4)"
        )
    _say_reversed(draft, command, known, opened)
    return None


def _built_upon(movement: str, layer: Layer) -> Refusal:
    return Refusal(
        code="movement-built-upon",
        reason=f"of layer {layer.id}, which {movement} opened, {plain(layer.quantity - layer.left)} "
        f"{layer.unit} have moved since",
        citation="19 CFR 146.23(b)(4)",
        remedy="Take back what came after it first, or correct it by a movement the other way.",
        place="movement",
    )


def _say_reversed(draft: Draft, command: ReverseMovement, known: Moved, opened: list[Layer]) -> None:
    emptied = [draft.take(layer, layer.quantity) for layer in opened]
    moved = draft.moved(command.movement)
    ledger = draft.ledger
    draft.facts.append(
        MovementReversed(
            movement=command.movement,
            kind=known.kind,
            zone=ledger.zone,
            account=ledger.account,
            uin=ledger.uin,
            at=command.at,
            on=known.on,
            pieces=_give_back(draft, moved.takes, moved.out),
            emptied=emptied,
            who=command.who,
            reason=command.reason,
            approved_by=command.approved_by,
        )
    )
    for clock in (HISTORY, OUTSIDE):
        _stop(draft, clock, command.movement, "the movement was taken back")
    if known.authority:
        draft.facts.append(
            OperationReported(
                to=permit_stream(ledger.zone, ledger.account, known.authority),
                movement=command.movement,
                ledger=ledger.stream,
                kind=known.kind,
                uin=ledger.uin,
                quantity=known.quantity,
                unit=known.unit,
                on=known.on,
                reversed=True,
            )
        )


def receive_from_zone(draft: Draft, command: ReceiveFromZone) -> Refusal | None:
    """Status, PF date, frozen number, value and origin travel with the goods (19 CFR 146.66(c), (d))."""
    if command.movement in draft.ledger.movements:
        draft.facts.append(Noted(why=f"transfer {command.movement} is in the book already"))
        return None
    if not command.admission_number:
        return Refusal(
            code="field-missing",
            reason="goods from another zone are admitted on a 214 of their own",
            citation="19 CFR 146.66(d), 146.32",
            remedy="Send admission_number: the 214 (type Z) under which they were admitted here.",
            place="admission_number",
        )
    for place, layer in enumerate(command.layers):
        if layer.status == "P" and not layer.pf_filed_on:
            return Refusal(
                code="history-incomplete",
                reason="privileged foreign goods travel with the day on which their status was filed",
                citation="19 CFR 146.66(c)(1)(ii), 146.65(a)(1)",
                remedy="Ask the sending operator for the status-change history.",
                place=f"layers[{place}].pf_filed_on",
            )
        if layer.quantity <= 0 or layer.value < 0:
            return Refusal(
                code="layer-without-quantity",
                reason=f"{plain(layer.quantity)} {layer.unit} worth {plain(layer.value)} USD is no stock",
                citation="19 CFR 146.66(c)(3)(i)",
                remedy="Ask the sending operator for a corrected history.",
                place=f"layers[{place}].quantity",
            )
    _open_received(draft, command)
    return None


def _open_received(draft: Draft, command: ReceiveFromZone) -> None:
    ledger, local = draft.ledger, command.local
    on = PortCalendar.of(local.timezone).local_date(parse_instant(command.at)).isoformat()
    opened = [
        LayerOpened(
            layer=derived_id("received-layer", command.movement, str(number)),
            zone=ledger.zone,
            site=ledger.site,
            account=ledger.account,
            uin=ledger.uin,
            admission=command.admission,
            admission_number=command.admission_number,
            line=number,
            receipt=command.movement,
            admitted_on=on,
            admitted_at=command.at,
            quantity=layer.quantity,
            unit=layer.unit,
            value=layer.value,
            status=msgspec.convert(layer.status, STATUS),
            pf_filed_on=layer.pf_filed_on,
            origin=layer.origin,
            number=layer.number,
            revision=layer.revision,
            decision=layer.decision,
            timezone=local.timezone,
            week_starts=local.week_starts,
            opened_by="received-from-zone",
            movement=command.movement,
            lot=layer.lot,
        )
        for number, layer in enumerate(command.layers, 1)
    ]
    draft.facts.append(
        GoodsMoved(
            movement=command.movement,
            kind="received-from-zone",
            zone=ledger.zone,
            site=ledger.site,
            account=ledger.account,
            uin=ledger.uin,
            at=command.at,
            on=on,
            quantity=sum((layer.quantity for layer in command.layers), ZERO),
            unit=command.layers[0].unit,
            opened=[layer.layer for layer in opened],
            who=command.who,
            reference=command.admission_number,
            destination=command.from_zone,
        )
    )
    for layer in opened:
        draft.open(layer)


def send_history(draft: Draft, command: SendHistory) -> Refusal | None:
    """The clock of 19 CFR 146.66(c)(5) stops."""
    known = draft.ledger.movement(command.movement)
    if known is None or known.kind != "sent-to-zone" or known.reversed:
        return _no_movement(
            command.movement, "no transfer to another zone has that id", "19 CFR 146.66(c)(5)"
        )
    draft.facts.append(ZoneHistorySent(movement=command.movement, sent_at=command.sent_at, who=command.who))
    _stop(draft, HISTORY, command.movement, "the history was sent")
    return None


def find_overage(draft: Draft, command: FindOverage) -> Refusal | None:
    """Recorded upon identification; no stock until a 214 or an entry is filed (19 CFR 146.53(a), (d))."""
    known = draft.ledger.overages.get(command.overage)
    if known is not None:
        draft.facts.append(Noted(why=f"overage {command.overage} is recorded already"))
        return None
    if command.quantity <= 0:
        return Refusal(
            code="quantity-out-of-range",
            reason=f"{plain(command.quantity)} is no quantity of goods",
            citation="19 CFR 146.53(a)",
            remedy="Send how much more there is than the book has.",
            place="quantity",
        )
    calendar = PortCalendar.of(command.local.timezone)
    file_by = date.fromisoformat(command.found_on) + OVERAGE_DAYS
    draft.facts += [
        OverageFound(
            overage=command.overage,
            zone=draft.ledger.zone,
            account=draft.ledger.account,
            uin=draft.ledger.uin,
            quantity=command.quantity,
            unit=command.unit,
            found_on=command.found_on,
            file_by=file_by.isoformat(),
            who=command.who,
            reference=command.reference,
        ),
        DeadlineSet(
            name=OVERAGE,
            due_at=instant_text(end_of_day(file_by, calendar)),
            subject=command.overage,
            citation="19 CFR 146.53(d)",
        ),
    ]
    return None


def settle_overage(draft: Draft, command: SettleOverage) -> Refusal | None:
    """A 214, an entry, general order, or an explanation; each names its paper."""
    known = draft.ledger.overages.get(command.overage)
    if known is None or not command.reference:
        return Refusal(
            code="overage-unknown" if known is None else "field-missing",
            reason=f"no overage {command.overage} is recorded" if known is None else "no paper is named",
            citation="19 CFR 146.53(d)",
            remedy="Name the overage and the 214, entry or record that settles it.",
            place="overage" if known is None else "reference",
        )
    if known.settled:
        draft.facts.append(Noted(why=f"overage {command.overage} was settled: {known.settled}"))
        return None
    how = msgspec.convert(command.how, HOW)
    draft.facts.append(
        OverageSettled(overage=command.overage, how=how, reference=command.reference, who=command.who)
    )
    _stop(draft, OVERAGE, command.overage, f"{command.how}: {command.reference}")
    return None


#: Clock -> what is late, and what to do.
_LATE: dict[str, tuple[str, str]] = {
    HISTORY: (
        "the history of transfer {0} of {1} for the receiving zone",
        "send it with its I.T. number, and record that it was sent",
    ),
    OUTSIDE: (
        "the return of {2} of {1} that left for a time with {0}",
        "bring them back, enter them, or ask the port director for more time",
    ),
    OVERAGE: (
        "a 214 or an entry for overage {0}, {2} of {1},",
        "send the goods to general order, or show the port director's extension",
    ),
}


def expire(draft: Draft, due: DeadlineSet) -> None:
    """The time of a clock ran out; nothing if it was stopped before."""
    if f"{due.name} {due.subject}" not in draft.ledger.clocks:
        draft.facts.append(Noted(why=f"{due.name} of {due.subject} was done in time"))
        return
    ledger = draft.ledger
    moved, overage = ledger.movement(due.subject), ledger.overages.get(due.subject)
    quantity = overage.quantity if overage else moved.out if moved else ZERO
    what, remedy = _LATE[due.name]
    draft.facts.append(
        ClockExpired(
            name=due.name,
            subject=due.subject,
            act_by=overage.file_by if overage else due.due_at,
            what=what.format(due.subject, ledger.uin, plain(quantity)),
            citation=due.citation,
            remedy=remedy,
        )
    )


def _stop(draft: Draft, name: str, subject: str, how: str) -> None:
    if f"{name} {subject}" in draft.ledger.clocks:
        draft.facts.append(ClockStopped(name=name, subject=subject, how=how))


def _no_movement(movement: str, why: str, citation: str) -> Refusal:
    return Refusal(
        code="movement-unknown",
        reason=f"{movement}: {why}",
        citation=citation,
        remedy="Look at the ledger's movements for the id.",
        place="movement",
    )
