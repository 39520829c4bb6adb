"""A production takes components from a ledger, by layer, and may give them back."""

from dataclasses import dataclass

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import Piece
from ftz_common.contracts.movements import GoodsMoved
from ftz_common.contracts.production import ComponentsAnswered, ComponentsRequested, ComponentsReturned
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.moves import Local, Move, PermitSeen, ReverseMovement
from ftz_inventory.domain.moving import move
from ftz_inventory.domain.settling import reverse_movement


@dataclass(frozen=True, slots=True)
class Consume:
    """Components are wanted."""

    request: ComponentsRequested
    local: Local


@dataclass(frozen=True, slots=True)
class GiveBack:
    """They are not wanted after all."""

    returned: ComponentsReturned
    local: Local


def consume(draft: Draft, command: Consume) -> None:
    """Taken whole or not at all; the production hears which (19 CFR 146.52(d)(2))."""
    request = command.request
    if request.movement in draft.ledger.movements:
        draft.facts.append(Noted(why=f"{request.movement} is in the book already"))
        return
    permit = request.permit
    seen = permit and PermitSeen(
        permit.stream,
        permit.number,
        tuple(permit.activities),
        permit.valid_from,
        permit.valid_to,
        permit.revoked_on,
        tuple(permit.uins),
    )
    before = len(draft.facts)
    refusal = move(
        draft,
        Move(
            local=command.local,
            movement=request.movement,
            kind=request.kind,
            quantity=request.quantity,
            unit=request.unit,
            at=request.at,
            who=request.who,
            reference=request.reference,
            permit=seen,
        ),
    )
    if refusal is not None:
        del draft.facts[before:]
        draft.facts.append(Noted(why=f"nothing is taken: {refusal.reason}"))
        draft.forget()
    pieces = [piece for fact in draft.facts if isinstance(fact, GoodsMoved) for piece in fact.pieces]
    draft.facts.append(_answer(draft, request, pieces, refusal))


def _answer(
    draft: Draft, request: ComponentsRequested, pieces: list[Piece], refusal: Refusal | None
) -> ComponentsAnswered:
    return ComponentsAnswered(
        to=request.reply_to,
        ledger=draft.ledger.stream,
        uin=draft.ledger.uin,
        pieces=pieces,
        code=refusal.code if refusal else "",
        reason=refusal.reason if refusal else "",
    )


def give_back(draft: Draft, command: GiveBack) -> Refusal | None:
    """As if nothing had been taken."""
    said = command.returned
    return reverse_movement(
        draft,
        ReverseMovement(command.local, said.movement, said.at, said.who, said.reason, "the production"),
    )
