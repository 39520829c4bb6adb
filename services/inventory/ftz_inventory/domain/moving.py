"""Movements without an order: out of layers, and where goods stay in the zone, into layers of their own."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import LayerOpened, Opening, Piece
from ftz_common.contracts.movements import GoodsMoved, OpeningRequested, OperationReported
from ftz_common.values.calendar import PortCalendar, end_of_day, parse_instant
from ftz_common.values.exact import ZERO, plain, share
from ftz_common.values.names import derived_id
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.layer import Layer
from ftz_inventory.domain.movement_rules import RULES
from ftz_inventory.domain.moves import Move, PermitSeen, Residue
from ftz_inventory.domain.moving_checks import (
    moved_already,
    not_allowed,
    not_enough,
    quantity_wrong,
    residue_of_itself,
    status_refused,
    without,
)

#: 19 CFR 146.66(c)(5): the history follows within 10 working days of delivery to the carrier.
HISTORY_DAYS = 10
#: Causes by which goods are again what they were before an entry.
RESTORING = ("entry-cancelled", "never-entered")
HISTORY, OUTSIDE = "zone-history", "temporary-removal"


@dataclass(slots=True)
class Moving:
    """A movement under way."""

    draft: Draft
    move: Move
    on: str
    quantity: Decimal
    unit: str
    taken: list[tuple[Layer, Piece]]

    @property
    def pieces(self) -> list[Piece]:
        """What leaves its layers."""
        return [piece for _, piece in self.taken]


def move(draft: Draft, command: Move) -> Refusal | None:
    """Take the goods out of their layers, under the rule of the kind, and open what they become."""
    if known := draft.ledger.movement(command.movement):
        return moved_already(draft, command, known)
    if refusal := without(command) or quantity_wrong(draft, command) or residue_of_itself(draft, command):
        return refusal
    if command.found:
        return _found(draft, command)
    calendar = PortCalendar.of(command.local.timezone)
    on = calendar.local_date(parse_instant(command.at)).isoformat()
    unit, quantity = draft.stock_unit(command.unit, command.quantity)
    before = draft.promised(unit)
    moving = Moving(draft, command, on, quantity, unit, [])
    if missing := _take(moving):
        return not_enough(draft, command, missing, unit)
    if refusal := not_allowed(moving, before) or status_refused(moving):
        return refusal
    opened = [_become(moving, layer, piece) for layer, piece in moving.taken if _stays(command)]
    say(moving, opened)
    _consequences(moving, calendar)
    return None


def _stays(command: Move) -> bool:
    return command.kind in ("relocated", "held", "released", "status-changed")


def _take(moving: Moving) -> Decimal:
    """In the order of the inventory method, or what is named; returns what is missing."""
    draft, command, wanted = moving.draft, moving.move, moving.quantity
    layers = (
        filter(command.which.fits, draft.on_hold(moving.unit, command.hold))
        if command.kind == "released"
        else draft.waiting_to_leave(
            RULES[command.kind].statuses, moving.unit, command.at, moving.on, command.which
        )
    )
    for layer in layers:
        if command.kind == "relocated" and layer.location == command.destination:
            continue
        moving.taken.append((layer, draft.take(layer, wanted)))
        wanted -= moving.taken[-1][1].quantity
        if not wanted:
            break
    return wanted


def _become(moving: Moving, layer: Layer, piece: Piece) -> LayerOpened:
    """The layer that a part of another one is now; its admission stays what it was."""
    command = moving.move
    changes: dict[str, Any] = {}
    match command.kind:
        case "relocated":
            changes = {"location": command.destination}
        case "held":
            changes = {"holds": sorted({*layer.holds, command.hold})}
        case "released":
            changes = {"holds": [hold for hold in layer.holds if hold != command.hold]}
        case _:
            before = moving.draft.ledger.before_entry(layer) if command.cause in RESTORING else None
            changes = _other_status(command, layer) if before is None else _restored(command, before)
    opened = layer_from(moving.draft, layer, command.movement, piece.quantity, piece.value)
    return msgspec.structs.replace(
        opened,
        opened_by=_opening(command.kind),
        opened_on=moving.on,
        lot=layer.zone_lot,
        timezone=command.local.timezone,
        week_starts=command.local.week_starts,
        contents=piece.contents,
        **changes,
    )


def _other_status(command: Move, layer: Layer) -> dict[str, Any]:
    """Only privileged goods have a filing date, and theirs never changes (19 CFR 146.41(e), 146.65(a)(1))."""
    if command.status == layer.status == "P":
        return {}
    filed_on = command.filed_on if command.status == "P" else ""
    changes: dict[str, Any] = {"status": command.status, "pf_filed_on": filed_on or None}
    if command.number:
        changes |= {"number": command.number, "revision": command.revision}
    if command.decision:
        changes["decision"] = command.decision
    return changes


def _restored(command: Move, before: Layer) -> dict[str, Any]:
    """What belongs to the status before the entry comes back with it (19 CFR 146.61, 146.71(d))."""
    names = ("pf_filed_on", "number", "revision", "decision", "origin", "admission", "admission_number")
    return {"status": command.status} | {name: getattr(before, name) for name in names}


def _opening(kind: str) -> Opening:
    return msgspec.convert(kind, Opening)


def layer_from(draft: Draft, layer: Layer, movement: str, quantity: Decimal, value: Decimal) -> LayerOpened:
    """A layer with the admission of another."""
    ledger = draft.ledger
    return LayerOpened(
        layer=derived_id("moved-layer", movement, layer.id),
        zone=ledger.zone,
        site=ledger.site,
        account=ledger.account,
        uin=ledger.uin,
        admission=layer.admission,
        admission_number=layer.admission_number,
        line=layer.line,
        receipt=layer.receipt,
        admitted_on=layer.admitted_on,
        admitted_at=layer.admitted_at,
        quantity=quantity,
        unit=layer.unit,
        value=value,
        status=layer.status,
        pf_filed_on=layer.pf_filed_on,
        origin=layer.origin,
        number=layer.number,
        revision=layer.revision,
        decision=layer.decision,
        timezone=draft.timezone,
        week_starts=draft.week_starts,
        measures=layer.measures,
        movement=movement,
        parent=layer.id,
        location=layer.location,
        holds=layer.holds,
    )


def say(moving: Moving, opened: list[LayerOpened]) -> None:
    """The movement, what it opened, and the word to the permit."""
    draft, command, ledger = moving.draft, moving.move, moving.draft.ledger
    draft.facts.append(
        GoodsMoved(
            movement=command.movement,
            kind=command.kind,
            zone=ledger.zone,
            site=ledger.site,
            account=ledger.account,
            uin=ledger.uin,
            at=command.at,
            on=moving.on,
            quantity=moving.quantity,
            unit=moving.unit,
            pieces=moving.pieces,
            opened=[fact.layer for fact in opened],
            who=command.who,
            reason=command.reason,
            reference=command.reference,
            authority=command.permit.number if command.permit else "",
            approved_by=command.approved_by,
            destination=command.destination or command.hold or command.status,
            recoverable=command.kind == "wasted" and command.residue is not None,
            corrects=command.corrects,
        )
    )
    for fact in opened:
        draft.open(fact)
    if command.permit is not None:
        report(draft, command.permit, moving)


def report(draft: Draft, permit: PermitSeen, moving: Moving) -> None:
    """The permit keeps the trail of what was done under it (19 CFR 146.52(d)(2))."""
    draft.facts.append(
        OperationReported(
            to=permit.stream,
            movement=moving.move.movement,
            ledger=draft.ledger.stream,
            kind=moving.move.kind,
            uin=draft.ledger.uin,
            quantity=moving.quantity,
            unit=moving.unit,
            on=moving.on,
        )
    )


def _consequences(moving: Moving, calendar: PortCalendar) -> None:
    draft, command = moving.draft, moving.move
    if command.residue is not None:
        draft.facts.append(_residue(moving, command.residue))
    if command.kind == "sent-to-zone":
        delivered = calendar.local_date(parse_instant(command.at))
        port = PortCalendar.of(command.local.timezone, map(delivered.fromisoformat, command.local.closures))
        due = port.add_working_days(delivered, HISTORY_DAYS)
        draft.facts.append(
            DeadlineSet(
                name=HISTORY,
                due_at=instant_text(end_of_day(due, port)),
                subject=command.movement,
                citation="19 CFR 146.66(c)(5)",
            )
        )
    if command.due_on:
        due = calendar.local_date(parse_instant(command.at)).fromisoformat(command.due_on)
        draft.facts.append(
            DeadlineSet(
                name=OUTSIDE,
                due_at=instant_text(end_of_day(due, calendar)),
                subject=command.movement,
                citation="policy: the day on which the goods are to be back under the permit",
            )
        )


#: What privileged status froze (19 CFR 146.41(a), 146.65(a)(1)).
_PRIVILEGED = ("status", "pf_filed_on", "number", "revision", "decision")


def _residue(moving: Moving, residue: Residue) -> OpeningRequested:
    """Recoverable waste of foreign goods is non-privileged foreign, worth its price (19 CFR 146.42(b)).

    What fire or breakage left of privileged goods is no waste of work on them: status, filing date and
    number stay (CBP Foreign-Trade Zones Manual 9.7(g)).
    """
    command, (layer, _) = moving.move, moving.taken[0]
    foreign = any(piece.status != "D" for piece in moving.pieces)
    opened = layer_from(moving.draft, layer, command.movement, residue.quantity, residue.value)
    opened = msgspec.structs.replace(
        opened,
        layer=derived_id("made-layer", command.movement, residue.uin),
        uin=residue.uin,
        receipt=command.movement,
        admitted_on=moving.on,
        admitted_at=command.at,
        unit=residue.unit,
        status="N" if foreign else "D",
        pf_filed_on=None,
        origin=residue.origin or layer.origin,
        number=residue.number,
        revision=residue.revision,
        decision="",
        timezone=command.local.timezone,
        week_starts=command.local.week_starts,
        measures=[],
        opened_by="wasted",
        location="",
        holds=[],
    )
    if command.cause == "casualty" and layer.status == "P":
        kept = {name: getattr(layer, name) for name in _PRIVILEGED}
        opened = msgspec.structs.replace(opened, **kept)
    return OpeningRequested(
        to=residue.ledger,
        movement=command.movement,
        kind="wasted",
        at=command.at,
        layer=opened,
        who=command.who,
        reason=command.reason,
        reference=command.reference,
        authority=command.permit.number if command.permit else "",
    )


def _found(draft: Draft, command: Move) -> Refusal | None:
    """An adjustment upward: more of a layer was received than the book says, and its papers say so too."""
    layer = _named(draft, command)
    if layer is None:
        return Refusal(
            code="layer-not-named",
            reason="goods that were found belong to an admission, and none is named",
            citation="19 CFR 146.53(d), 146.22(d)",
            remedy="Name the layer or the zone lot whose count was wrong. Goods of no admission are an "
            "overage: record it, and file a 214 (type O) or an entry within 5 days.",
            place="layer",
        )
    unit, quantity = draft.stock_unit(command.unit, command.quantity)
    calendar = PortCalendar.of(command.local.timezone)
    on = calendar.local_date(parse_instant(command.at)).isoformat()
    worth = command.value if command.value is not None else share(layer.value, quantity, layer.quantity)
    opened = layer_from(draft, layer, command.movement, quantity, worth)
    opened = msgspec.structs.replace(
        opened,
        opened_by="adjusted",
        opened_on=on,
        lot=layer.zone_lot,
        timezone=command.local.timezone,
        week_starts=command.local.week_starts,
    )
    say(Moving(draft, command, on, quantity, unit, []), [opened])
    return None


def _named(draft: Draft, command: Move) -> Layer | None:
    """The layer that is named by its id or, when only one has it, by its zone lot."""
    which, ledger = command.which, draft.ledger
    if which.layer:
        known = ledger.has_layer(which.layer)
        return ledger.layer(which.layer) if known else None
    found = [
        layer for layer in ledger.every_layer() if which.lot and which.fits(layer) and not layer.opened_by
    ]
    return found[0] if len(found) == 1 else None


def open_made(draft: Draft, request: OpeningRequested) -> None:
    """Goods that were made, or waste of what was made, are a layer here."""
    if draft.ledger.has_layer(request.layer.layer):
        draft.facts.append(Noted(why=f"layer {request.layer.layer} is open already"))
        return
    ledger, layer = draft.ledger, request.layer
    draft.facts.append(
        GoodsMoved(
            movement=request.movement,
            kind=request.kind,
            zone=ledger.zone,
            site=ledger.site,
            account=ledger.account,
            uin=ledger.uin,
            at=request.at,
            on=layer.opened_on or layer.admitted_on,
            quantity=layer.quantity,
            unit=layer.unit,
            opened=[layer.layer],
            who=request.who,
            reason=request.reason,
            reference=request.reference,
            authority=request.authority,
        )
    )
    draft.open(layer)


def total(pieces: list[Piece]) -> str:
    """The sum of pieces, in plain notation."""
    return plain(sum((piece.quantity for piece in pieces), ZERO))
