"""Why a movement is refused."""

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Refusal
from ftz_common.values.exact import ZERO, plain
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.layer import HELD, Status
from ftz_inventory.domain.movement_rules import RULES
from ftz_inventory.domain.moves import Move, PermitSeen
from ftz_inventory.domain.status import Cause, Circumstances, transition
from ftz_inventory.domain.stock import Moved

if TYPE_CHECKING:
    from ftz_inventory.domain.moving import Moving

#: Kind -> the fields it cannot do without, each with what it is.
NEEDED: dict[str, tuple[tuple[str, str], ...]] = {
    "relocated": (("destination", "where in the site the goods are now"),),
    "held": (("hold", "which hold"), ("reason", "why they are held")),
    "released": (("hold", "which hold"), ("reason", "why the hold is over")),
    "status-changed": (("status", "the new status"), ("reference", "the 214 or the order it rests on")),
    "temporarily-removed": (("destination", "where they go"), ("due_on", "when they are to be back")),
    "sent-to-zone": (("destination", "the zone they go to"), ("reference", "the I.T. number")),
    "destroyed": (),
    "wasted": (),
    "adjusted": (("reason", "why the book was wrong"), ("approved_by", "who approved it")),
}


def moved_already(draft: Draft, command: Move, known: Moved) -> Refusal | None:
    """The same again changes nothing; something else under the same name is refused."""
    unit, quantity = draft.stock_unit(command.unit, command.quantity)
    if (known.kind, known.quantity, known.unit) == (command.kind, quantity, unit):
        draft.facts.append(Noted(why=f"movement {command.movement} is in the book already"))
        return None
    return Refusal(
        code="movement-differs",
        reason=f"movement {command.movement} is in the book as {plain(known.quantity)} {known.unit} "
        f"{known.kind} on {known.on}",
        citation="policy: a movement is recorded once",
        remedy="Reverse the first if it was wrong, and record what happened under an id of its own.",
        place="movement",
    )


def without(command: Move) -> Refusal | None:
    """Something is not said that the movement cannot be recorded without."""
    for name, what in NEEDED.get(command.kind, ()):
        if not getattr(command, name):
            return Refusal(
                code="field-missing",
                reason=f"goods cannot be {command.kind} without {name}: {what}",
                citation=RULES[command.kind].citation,
                remedy=f"Send {name}.",
                place=name,
            )
    if command.approved_by and command.approved_by == command.who:
        return Refusal(
            code="approved-by-oneself",
            reason=f"{command.who} cannot approve what {command.who} asks for",
            citation="policy: an adjustment has two persons (19 CFR 146.4(a))",
            remedy="Let another person approve it.",
            place="approved_by",
        )
    if command.found and command.kind == "adjusted" and not command.reference:
        return Refusal(
            code="field-missing",
            reason="goods cannot be adjusted upward without the paper that shows they were received",
            citation="19 CFR 146.22(b), 146.37(c)",
            remedy="Send reference: a corrected 214, a joint report or a CBP 5931.",
            place="reference",
        )
    return None


def quantity_wrong(draft: Draft, command: Move) -> Refusal | None:
    """A quantity is above zero, and converts exactly into the unit in which the goods are kept."""
    if command.quantity <= 0:
        return Refusal(
            code="quantity-out-of-range",
            reason=f"{plain(command.quantity)} is no quantity of goods",
            citation="19 CFR 146.23(b)(4)",
            remedy="Send a quantity above zero; the kind of the movement says its direction.",
            place="quantity",
        )
    unit, _ = draft.stock_unit(command.unit, command.quantity)
    if not unit:
        kept = ", ".join(sorted({layer.unit for layer in draft.ledger.layers.values()})) or "no unit"
        return Refusal(
            code="unit-does-not-convert",
            reason=f"{plain(command.quantity)} {command.unit} of {draft.ledger.uin} is no exact quantity of "
            f"the unit it is kept in ({kept})",
            citation="19 CFR 146.23(b)(4)",
            remedy="Say the quantity in the unit of the stock; the part's measures say what converts.",
            place="unit",
        )
    return None


def residue_of_itself(draft: Draft, command: Move) -> Refusal | None:
    """What is left of goods is other goods: it cannot be kept under the number of what was destroyed."""
    if command.residue is None or command.residue.ledger != draft.ledger.stream:
        return None
    return Refusal(
        code="residue-is-the-goods",
        reason=f"what is left of {draft.ledger.uin} is said to be {draft.ledger.uin}",
        citation="19 CFR 146.42(a), (b), 146.23(b)(4)",
        remedy="Name the residue as a part of its own; what is still as it was is not wasted: say less.",
        place="residue.uin",
    )


def not_enough(draft: Draft, command: Move, missing: Decimal, unit: str) -> Refusal:
    """The book never goes below zero, and nothing is taken that was not there then."""
    held = sum((q for pool, q in draft.ledger.on_hand.items() if pool.startswith(HELD)), ZERO)
    on_hold = f"; {plain(held)} are on hold: name the layer to move them" if held else ""
    return Refusal(
        code="not-in-zone",
        reason=f"{plain(missing)} {unit} of {draft.ledger.uin} more than the book had at {command.at}"
        f"{on_hold}",
        citation="19 CFR 146.23(b)(4), 146.24(a)(2)",
        remedy="Check quantity, time, lot and status. If more is there than the book has, record an overage.",
        place="quantity",
    )


def not_allowed(moving: "Moving", before: Decimal) -> Refusal | None:
    """Promised goods stay for their orders; foreign goods are touched only under a permit (19 CFR 146.51)."""
    command, rule = moving.move, RULES[moving.move.kind]
    casualty = command.cause == "casualty"
    if casualty and command.residue is not None and len(moving.taken) > 1:
        return Refusal(
            code="casualty-of-several",
            reason=f"what is left would be of {len(moving.taken)} layers",
            citation="CBP Foreign-Trade Zones Manual 9.7(g); 19 CFR 146.23(b)(4)",
            remedy="Name the layer, and record what is left of each apart.",
            place="layer",
        )
    if rule.permit and not casualty and any(piece.status != "D" for piece in moving.pieces):
        no = _permit_refuses(moving, command.permit, rule.permit)
        if no is not None:
            return no
    after = moving.draft.promised(moving.unit)
    if not rule.imposed and after > 0 and after > before:
        return Refusal(
            code="promised-to-orders",
            reason=f"{plain(after)} {moving.unit} of it are kept for orders",
            citation="policy: what is promised to an order leaves with it",
            remedy="Cancel the orders or take less.",
            place="quantity",
        )
    return None


def _permit_refuses(moving: "Moving", permit: PermitSeen | None, activity: str) -> Refusal | None:
    if permit is None:
        return Refusal(
            code="permit-missing",
            reason=f"foreign goods cannot be {moving.move.kind} without a CBP 216 to {activity}",
            citation="19 CFR 146.51, 146.52(a)",
            remedy="File a CBP 216, record it when CBP approves it, and name it as permit.",
            place="permit",
        )
    why = permit_lacks(permit, activity, moving.draft.ledger.uin, moving.on)
    if why:
        return Refusal(
            code="permit-does-not-allow",
            reason=f"CBP 216 {permit.number} {why}",
            citation="19 CFR 146.52(a), (b)",
            remedy="Name the permit that allows it, or file one before anything is done.",
            place="permit",
        )
    return None


def permit_lacks(permit: PermitSeen, activity: str, uin: str, on: str) -> str:
    """Why a permit does not allow an activity on a day; "" if it does (19 CFR 146.52(b))."""
    if activity not in permit.activities:
        return f"allows to {', '.join(permit.activities)}, not to {activity}"
    if permit.uins and uin not in permit.uins:
        return f"is for {', '.join(permit.uins)}, not for {uin}"
    if on < permit.valid_from or on > permit.valid_to:
        return f"holds from {permit.valid_from} to {permit.valid_to}, not on {on}"
    if permit.revoked_on and on >= permit.revoked_on:
        return f"was revoked on {permit.revoked_on}"
    return ""


def status_refused(moving: "Moving") -> Refusal | None:
    """The table of transitions with its guards (19 CFR 146.41, 146.42, 146.44), for each layer."""
    command = moving.move
    if command.kind != "status-changed":
        return None
    for layer, piece in moving.taken:
        known = Circumstances(
            classification_changed=layer.opened_by in ("produced", "manipulated", "wasted"),
            number=command.number or layer.number,
            revision=command.revision or layer.revision,
            value=piece.value,
            filed_on=command.filed_on,
            authorisation=command.authorisation,
            previous=before.status if (before := moving.draft.ledger.before_entry(layer)) else None,
        )
        target = msgspec.convert(command.status, Status)
        found = transition(piece.status, target, msgspec.convert(command.cause, Cause), known)
        if isinstance(found, Refusal):
            return found
    return None
