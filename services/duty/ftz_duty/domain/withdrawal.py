"""A withdrawal: what one draw from the zone owes, provisionally; its entry prices it finally.

Goods are priced by status (19 CFR 146.65(a)): PF by its frozen number and the rates of its filing date, NPF
by the rates of the removal day until the entry fixes its own; domestic goods return free (146.43); an
export owes nothing while its in-bond runs or is closed (146.67).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from ftz_common.contracts.common import Noted
from ftz_common.contracts.duty import (
    EntryLineOffered,
    EstimateLine,
    InBondLineOffered,
    PricedPiece,
    TakenBack,
    WithdrawalExempt,
    WithdrawalPriced,
    WithdrawalReversed,
)
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import Drawn, DrawReversed, Piece
from ftz_common.values.exact import PLACES_MAX, share
from ftz_duty.domain.deferral_goods import deferral_line, deferral_of, part_of
from ftz_duty.domain.goods_key import ENTERABLE, entry_stream, inbond_stream
from ftz_duty.domain.made_goods import Counts, parts_of
from ftz_duty.domain.pricing import Price, StatedRate, price, quantities_of, unpriced
from ftz_duty.domain.removal_settings import RemovalSettings
from ftz_duty.domain.stack import Stack, stacked

EXPORT = "leaves for export under bond: nothing is owed once its in-bond is closed (19 CFR 146.67)"
DOMESTIC = "domestic status: returns to customs territory free of duty (19 CFR 146.43)"
RESTRICTED = (
    "zone-restricted goods may be entered for consumption only when the Board has ruled so (19 CFR 146.63(b))"
)

UNFILED = "privileged foreign goods without a PF filing date (19 CFR 146.65(a)(1))"


@dataclass(frozen=True, slots=True)
class PriceDraw:
    """Goods were drawn. `rates`: one per part of a piece (`parts_of`), in order; what the tariff said."""

    drawn: Drawn
    rates: tuple[StatedRate, ...]
    settings: RemovalSettings


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A draw, or a part of it, was taken back."""

    reversal: DrawReversed
    settings: RemovalSettings


@dataclass(slots=True)
class WithdrawalState:
    """What was said of this withdrawal. `early`: taken back before it was drawn, as far as we knew."""

    drawn: bool = False
    order: str = ""
    line: int = 0
    removed_on: str = ""
    entry: str = ""
    inbond: str = ""
    deferral: str = ""
    pieces: list[PricedPiece] = field(default_factory=list[PricedPiece])
    early: list[TakenBack] = field(default_factory=list[TakenBack])


def start(_parts: tuple[str, ...]) -> WithdrawalState:
    """withdrawal/<id>."""
    return WithdrawalState()


def decide(state: WithdrawalState, command: Any, _at: datetime) -> Sequence[Fact]:
    """Price a draw, or take it back; in whichever order they come."""
    match command:
        case PriceDraw():
            return _drawn(state, command)
        case TakeBack():
            return _taken_back(state, command)
        case _:
            raise TypeError(f"a withdrawal does not take {type(command).__name__}")


def _drawn(state: WithdrawalState, command: PriceDraw) -> Sequence[Fact]:
    drawn = command.drawn
    if state.drawn:
        return [Noted(why="this withdrawal is priced already")]
    if drawn.disposition == "export" or all(piece.status == "D" for piece in drawn.pieces):
        return _exempt(state, command)
    pieces = [
        _part(part, counts, rate)
        for (part, counts), rate in zip(parts_of(drawn.pieces), command.rates, strict=True)
    ]
    entry = entry_stream(drawn.zone, drawn.account, drawn.week)
    facts: list[Fact] = [
        WithdrawalPriced(
            withdrawal=drawn.withdrawal,
            draw=drawn.draw,
            account=drawn.account,
            order=drawn.order,
            line=drawn.line,
            removed_on=drawn.removed_on,
            entry=entry,
            priced_on=drawn.removed_on,
            pieces=pieces,
        ),
        _offer(drawn, entry, command.settings, pieces),
    ]
    if back := _portions(pieces, state.early):
        facts.append(_offer(drawn, entry, command.settings, back, reversed_=True))
    return facts


def _exempt(state: WithdrawalState, command: PriceDraw) -> Sequence[Fact]:
    drawn = command.drawn
    foreign = [piece for piece in drawn.pieces if piece.status != "D"]
    inbond = inbond_stream(drawn.order, drawn.parcel) if foreign else ""
    deferral = deferral_of(drawn)
    facts: list[Fact] = [
        WithdrawalExempt(
            withdrawal=drawn.withdrawal,
            draw=drawn.draw,
            account=drawn.account,
            order=drawn.order,
            line=drawn.line,
            removed_on=drawn.removed_on,
            why=EXPORT if foreign else DOMESTIC,
            inbond=inbond,
            deferral=deferral,
        )
    ]
    if not foreign:
        return facts
    lines = [_travels(piece, piece) for piece in foreign]
    facts.append(_under_bond(drawn, inbond, command.settings, lines))
    by_layer = {piece.layer: piece for piece in foreign}
    if back := [_travels(by_layer[p.layer], p) for p in state.early if p.layer in by_layer]:
        facts.append(_under_bond(drawn, inbond, command.settings, back, reversed_=True))
    if deferral:
        facts.append(deferral_line(drawn, deferral, command.settings, foreign))
        if gone := [part_of(by_layer[p.layer], p) for p in state.early if p.layer in by_layer]:
            facts.append(deferral_line(drawn, deferral, command.settings, gone, reversed_=True))
    return facts


def _taken_back(state: WithdrawalState, command: TakeBack) -> Sequence[Fact]:
    back = command.reversal
    portions = [
        TakenBack(layer=p.layer, quantity=p.quantity, value=p.value) for p, _ in parts_of(back.pieces)
    ]
    facts: list[Fact] = [
        WithdrawalReversed(withdrawal=back.withdrawal, draw=back.draw, portions=portions),
    ]
    if pieces := _portions(state.pieces, portions):
        offer = _offer(back, state.entry, command.settings, pieces, reversed_=True, on=state.removed_on)
        facts.append(offer)
    if state.inbond and (lines := [_travels(p, p) for p in back.pieces if p.status != "D"]):
        facts.append(_under_bond(back, state.inbond, command.settings, lines, reversed_=True))
    if state.deferral and any(p.status in ENTERABLE for p in back.pieces):
        facts.append(deferral_line(back, state.deferral, command.settings, back.pieces, reversed_=True))
    return facts


def _travels(piece: Piece, taken: Piece | TakenBack) -> EstimateLine:
    return EstimateLine(
        number=piece.number,
        status=piece.status,
        origin=piece.origin,
        unit=piece.unit,
        quantity=taken.quantity,
        value=taken.value,
    )


def _under_bond(
    of: Drawn | DrawReversed,
    inbond: str,
    settings: RemovalSettings,
    lines: list[EstimateLine],
    *,
    reversed_: bool = False,
) -> InBondLineOffered:
    left = isinstance(of, Drawn)
    return InBondLineOffered(
        to=inbond,
        withdrawal=of.withdrawal,
        order=of.order,
        parcel=of.parcel if left else "",
        destination_country=of.destination_country if left else "",
        removed_on=of.removed_on if left else "",
        reversed=reversed_,
        zone=of.zone,
        account=of.account,
        timezone=settings.timezone,
        in_bond_days_max=settings.in_bond_days_max,
        lines=lines,
        removed_at=of.removed_at if left else "",
        week=of.week,
        permits_required=settings.export_permits,
    )


def priced_piece(piece: Piece, stated: StatedRate) -> PricedPiece:
    """A piece with what it owes by a rate, or why it could not be priced."""
    if piece.status == "D":
        return _recorded(piece, piece, StatedRate("", "", ""), Stack(Price(())))
    if piece.status == "Z":
        return _recorded(piece, piece, stated, Stack(unpriced(RESTRICTED)))
    if piece.status == "P" and not piece.pf_filed_on:
        return _recorded(piece, piece, stated, Stack(unpriced(UNFILED)))
    quantities = quantities_of(piece.quantity, piece.unit, piece.measures)
    base = price(stated, piece.value, quantities)
    return _recorded(piece, piece, stated, stacked(base, stated.plan, piece.value, quantities))


def _part(piece: Piece, counts: Counts, rate: StatedRate) -> PricedPiece:
    if counts == "both":
        return priced_piece(piece, rate)
    return replace(priced_piece(piece, rate) if counts == "line" else _counted(piece), counts=counts)


def _counted(piece: Piece) -> PricedPiece:
    """Made goods whose content stands in lines of its own: they left, and owe nothing themselves."""
    return _recorded(piece, piece, StatedRate("", "", ""), Stack(Price(())))


def _portions(pieces: Sequence[PricedPiece], portions: Sequence[TakenBack]) -> list[PricedPiece]:
    """The pieces that went back, foreign ones only, with the duty their share had."""
    by_layer = {piece.layer: piece for piece in pieces if piece.status != "D"}
    return [_portion(by_layer[p.layer], p) for p in portions if p.layer in by_layer]


def _portion(piece: PricedPiece, back: TakenBack) -> PricedPiece:
    if piece.stack:
        duty = piece.duty and share(piece.duty, back.quantity, piece.quantity, PLACES_MAX)
        return replace(piece, quantity=back.quantity, value=back.value, duty=duty, stack=[])
    stated = StatedRate(
        piece.number,
        piece.origin,
        "",
        piece.revision,
        piece.column,
        piece.rate_text,
        piece.rate_from,
        piece.not_priced,
    )
    found = price(stated, back.value, quantities_of(back.quantity, piece.unit, piece.measures))
    return replace(_recorded(piece, back, stated, Stack(found)), counts=piece.counts)


def _recorded(
    piece: Piece | PricedPiece, taken: Piece | TakenBack, stated: StatedRate, found: Stack
) -> PricedPiece:
    return PricedPiece(
        layer=piece.layer,
        admission_number=piece.admission_number,
        admission_line=piece.admission_line,
        status=piece.status,
        pf_filed_on=piece.pf_filed_on,
        origin=piece.origin,
        number=piece.number,
        revision=stated.revision,
        decision=piece.decision,
        quantity=taken.quantity,
        unit=piece.unit,
        value=taken.value,
        rate_text=stated.rate_text,
        rate_from=stated.rate_from,
        column=stated.column,
        duty=found.price.stored,
        not_priced=found.price.not_priced,
        measures=piece.measures,
        stack=found.shown(cents=False),
    )


def _offer(
    of: Drawn | DrawReversed,
    entry: str,
    settings: RemovalSettings,
    pieces: Iterable[PricedPiece],
    *,
    reversed_: bool = False,
    on: str = "",
) -> EntryLineOffered:
    """The foreign pieces, for the entry of the removal's local week."""
    return EntryLineOffered(
        to=entry,
        withdrawal=of.withdrawal,
        order=of.order,
        line=of.line,
        removed_on=of.removed_on if isinstance(of, Drawn) else on,
        reversed=reversed_,
        timezone=settings.timezone,
        week_starts=settings.week_starts,
        # The entry reckons its own stack on its own date; a copy for each order line would only weigh.
        pieces=[replace(p, stack=[]) if p.stack else p for p in pieces if p.status != "D"],
        port=settings.port,
        firms=settings.firms,
        filer=settings.filer,
        importer_of_record=settings.importer_of_record,
        compile_grace_days=settings.compile_grace_days,
        closures=list(settings.closures),
        summary_clock=settings.summary_clock,
        zone_id=settings.zone_id,
        importer_ior=settings.importer_ior,
    )


def evolve(state: WithdrawalState, fact: Fact) -> WithdrawalState:
    """Remember what was priced, and what came back before it."""
    match fact:
        case WithdrawalPriced():
            state.drawn, state.entry = True, fact.entry
            state.order, state.line, state.removed_on = fact.order, fact.line, fact.removed_on
            state.pieces = fact.pieces
            state.early = []
        case WithdrawalExempt():
            state.drawn = True
            state.order, state.line, state.removed_on = fact.order, fact.line, fact.removed_on
            state.inbond, state.deferral, state.early = fact.inbond, fact.deferral, []
        case WithdrawalReversed() if not state.drawn:
            state.early.extend(fact.portions)
        case _:
            pass
    return state
