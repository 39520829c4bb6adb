"""Goods leave: first in, first out among the layers that may leave. And come back before they left."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from ftz_common.contracts.common import Noted
from ftz_common.contracts.inventory import (
    CoverRequested,
    Drawn,
    DrawRequested,
    DrawReversed,
    DrawSuspended,
    LineResult,
    OrderLineAnswered,
    Piece,
    ReversalRequested,
    ReversalTakenUp,
    ReversalWaits,
    SuspenseSettled,
)
from ftz_common.values.calendar import PortCalendar, parse_instant, week_start
from ftz_common.values.exact import ZERO, plain, share
from ftz_inventory.domain.draft import Draft, admitted_by
from ftz_inventory.domain.identity import cover_stream, withdrawal_id
from ftz_inventory.domain.layer import ELIGIBLE, FOREIGN, Layer
from ftz_inventory.domain.method import NAMED
from ftz_inventory.domain.shortage import why_short
from ftz_inventory.domain.stock import Draw, Take


def draw(draft: Draft, request: DrawRequested) -> None:
    """A removal, attributed to layers first in, first out (19 CFR 146.23(a)(2)).

    It never waits and never makes a balance negative: what the book does not have is suspended. It never
    takes goods that were admitted after the removal.
    """
    if draft.ledger.draw(request.draw) is not None:
        draft.facts.append(Noted(why=f"draw {request.draw} is in the book already"))
        return
    removed = parse_instant(request.removed_at)
    removed_on = PortCalendar.of(draft.timezone).local_date(removed).isoformat()
    now = Draw(
        request.draw,
        request.order,
        request.line,
        request.parcel,
        request.disposition,
        request.destination_country,
        request.unit,
        request.removed_at,
        removed_on,
        lot=request.lot if draft.method.name in NAMED else "",
        period=request.period,
    )
    draft.begin(now)
    statuses = ELIGIBLE[request.disposition]
    layers = draft.waiting_to_leave(statuses, request.unit, request.removed_at, removed_on, now.which)
    missing = _withdraw(draft, now, layers, request.quantity, cures=False)
    draft.leave(request.order, request.line, request.quantity)
    code, reason = "", ""
    if missing:
        _suspend(draft, now, missing)
        code, why = why_short(draft, request.disposition, request.unit, removed=True, lot=request.lot)
        reason = f"{plain(missing)} {request.unit} left and the book has none for them: {why}"
    result: LineResult = "suspended" if missing else "drawn"
    _answer(draft, now, result, request.quantity - missing, missing, code=code, reason=reason)
    for early in draft.ledger.reversals.get(request.draw, ()):
        _take_back(draft, now, early)


def cure(draft: Draft) -> None:
    """A suspended removal is cured by a layer that was there when the goods left, in order of removal.

    A late receipt, or goods given back by a reversal; never what was admitted afterwards (19 CFR 146.53).
    """
    if not draft.supplied:
        return
    supplied = sorted(draft.supplied.values(), key=lambda layer: layer.rank)
    for suspended in draft.suspended():
        layers = [each for each in supplied if draft.stock(each)[0] and _may_cure(draft, each, suspended)]
        if layers:
            out = draft.draw(suspended.id)
            before = out.suspended
            out.suspended = _withdraw(draft, out, layers, before, cures=True)
            cured = before - out.suspended
            draft.facts.append(
                SuspenseSettled(draw=out.id, quantity=cured, missing=out.suspended, how="cured")
            )
            _answer(draft, out, "cured", cured, out.suspended)


def _may_cure(draft: Draft, layer: Layer, suspended: Draw) -> bool:
    return (
        layer.unit == suspended.unit
        and not layer.holds
        and suspended.which.fits(layer)
        and (draft.method.name not in NAMED or bool(suspended.lot))
        and layer.status in ELIGIBLE[suspended.disposition]
        and admitted_by(layer, suspended.removed_at, suspended.removed_on)
    )


def reverse(draft: Draft, request: ReversalRequested) -> None:
    """Cancelled before leaving: back to the layers it came from. One that comes before its draw waits."""
    if draft.ledger.draw(request.draw) is not None:
        _take_back(draft, draft.draw(request.draw), request)
    else:
        draft.facts.append(ReversalWaits(request=request))


def take_up_reversals(draft: Draft) -> None:
    """Reversals that waited until what came back had left by the book."""
    done = [fact.request for fact in draft.facts if isinstance(fact, ReversalTakenUp)]
    for draw, requests in draft.ledger.reversals.items():
        for request in requests if draft.ledger.draw(draw) is not None else ():
            if request not in done:
                out = draft.draw(draw)
                if not _built_upon(draft, out, request):
                    draft.facts.append(ReversalTakenUp(request=request))
                    _take_back(draft, out, request)
                    _tell(draft, request, "reversed")


# ---- out ----------------------------------------------------------------------------------------


def _withdraw(draft: Draft, out: Draw, layers: Iterable[Layer], wanted: Decimal, *, cures: bool) -> Decimal:
    """Take from these layers in turn; returns what is missing."""
    pieces: list[Piece] = []
    for layer in layers:
        if draft.stock(layer)[0]:
            pieces.append(draft.take(layer, wanted))
            wanted -= pieces[-1].quantity
        if not wanted:
            break
    if pieces:
        _say_drawn(draft, out, pieces, cures=cures)
    return wanted


def _say_drawn(draft: Draft, out: Draw, pieces: list[Piece], *, cures: bool) -> None:
    ledger, withdrawal = draft.ledger, withdrawal_id(out.id, out.withdrawals)
    week = out.period or week_start(date.fromisoformat(out.removed_on), draft.week_starts).isoformat()
    draft.facts.append(
        Drawn(
            withdrawal=withdrawal,
            draw=out.id,
            zone=ledger.zone,
            account=ledger.account,
            uin=ledger.uin,
            order=out.order,
            line=out.line,
            parcel=out.parcel,
            disposition=out.disposition,
            destination_country=out.destination_country,
            removed_at=out.removed_at,
            removed_on=out.removed_on,
            week=week,
            cures=cures,
            pieces=pieces,
            method=draft.method.said,
            lot=out.lot,
        )
    )
    _ask_cover(draft, out, withdrawal, week, pieces=pieces, restore=False)
    out.withdrawals += 1
    out.takes += [Take(withdrawal, week, p.layer, p.quantity, p.value) for p in pieces]


def _suspend(draft: Draft, out: Draw, missing: Decimal) -> None:
    out.suspended = missing
    draft.facts.append(
        DrawSuspended(
            draw=out.id,
            uin=draft.ledger.uin,
            order=out.order,
            line=out.line,
            parcel=out.parcel,
            disposition=out.disposition,
            destination_country=out.destination_country,
            quantity=missing,
            unit=out.unit,
            removed_at=out.removed_at,
            removed_on=out.removed_on,
            lot=out.lot,
            period=out.period,
        )
    )


def _ask_cover(
    draft: Draft, out: Draw, withdrawal: str, week: str, *, pieces: list[Piece], restore: bool
) -> None:
    """Foreign goods for US consumption leave under an entry (19 CFR 146.62(a), 146.63(c))."""
    if out.disposition != "consumption":
        return
    sums: dict[tuple[str, str, str, str], Decimal] = {}
    for piece in pieces:
        if piece.status in FOREIGN:
            key = (piece.number, piece.status, piece.origin, piece.unit)
            sums[key] = sums.get(key, ZERO) + piece.quantity
    for (number, status, origin, unit), quantity in sums.items():
        draft.facts.append(
            CoverRequested(
                to=cover_stream(
                    zone=draft.ledger.zone,
                    account=draft.ledger.account,
                    week=week,
                    number=number,
                    status=status,
                    origin=origin,
                    unit=unit,
                ),
                what="restore" if restore else "remove",
                withdrawal=withdrawal,
                order=out.order,
                line=out.line,
                quantity=quantity,
                removed_at=out.removed_at,
                timezone=draft.timezone,
                week_starts=draft.week_starts,
            )
        )


# ---- back ---------------------------------------------------------------------------------------


def _take_back(draft: Draft, out: Draw, request: ReversalRequested) -> None:
    """Last taken, first given back: what stays is what a smaller draw would have taken."""
    if beyond := _built_upon(draft, out, request):
        draft.facts.append(ReversalWaits(request=request))
        _tell(draft, request, "suspended", beyond)
        return
    rest = request.quantity
    if suspended := min(rest, out.suspended):
        rest -= suspended
        out.suspended -= suspended
        draft.facts.append(
            SuspenseSettled(draw=out.id, quantity=suspended, missing=out.suspended, how="reversed")
        )
    given: dict[tuple[str, str], list[Piece]] = {}
    for take in reversed(out.takes):
        if not rest:
            break
        piece = _give_back(draft, take, min(rest, take.quantity))
        rest -= piece.quantity
        given.setdefault((take.withdrawal, take.week), []).append(piece)
    out.takes = [take for take in out.takes if take.quantity]
    for (withdrawal, week), pieces in given.items():
        _say_reversed(draft, out, withdrawal, week, pieces=pieces, reason=request.reason)
    if rest == request.quantity:
        draft.facts.append(Noted(why=f"draw {out.id} was taken back already"))
        why = "nothing of it is left to take back"
        _answer(draft, out, "refused", ZERO, out.suspended, code="already-reversed", reason=why)
    else:
        _answer(draft, out, "reversed", request.quantity - rest, out.suspended)


def _built_upon(draft: Draft, out: Draw, request: ReversalRequested) -> Decimal:
    """What came back of the order line and would then have left by no layer (19 CFR 146.23(b)(4)).

    A customer's return is worth what left. As long as another parcel of the line has nothing in the book to
    have left from, the goods that came back are those of this draw, and it is not taken back.
    """
    back = min(request.quantity - min(request.quantity, out.suspended), out.held)
    held = sum((take.quantity for take in draft.taken_for(out.order, out.line)), ZERO)
    returned = draft.demand(out.order, out.line).returned
    return max(ZERO, returned - (held - back)) if back else ZERO


def _tell(draft: Draft, request: ReversalRequested, result: LineResult, beyond: Decimal = ZERO) -> None:
    if not request.reference:
        return
    suspended = result == "suspended"
    draft.facts.append(
        OrderLineAnswered(
            to=request.order,
            line=request.line,
            reference=request.reference,
            result=result,
            quantity=ZERO if suspended else request.quantity,
            missing=request.quantity if suspended else ZERO,
            code="return-built-upon" if suspended else "",
            reason=f"{plain(beyond)} of it came back from the customer, and what else left is not in the book"
            if suspended
            else "",
        )
    )


def _give_back(draft: Draft, take: Take, quantity: Decimal) -> Piece:
    """A part of what was taken, with the value by which a smaller draw would have been worth less."""
    stays = share(take.value, take.quantity - quantity, take.quantity)
    value = take.value - min(take.value, stays)
    take.quantity -= quantity
    take.value -= value
    return draft.give_back(draft.layer(take.layer), quantity, value)


def _say_reversed(
    draft: Draft, out: Draw, withdrawal: str, week: str, *, pieces: list[Piece], reason: str
) -> None:
    draft.facts.append(
        DrawReversed(
            draw=out.id,
            withdrawal=withdrawal,
            zone=draft.ledger.zone,
            account=draft.ledger.account,
            order=out.order,
            line=out.line,
            week=week,
            disposition=out.disposition,
            reason=reason,
            pieces=pieces,
        )
    )
    _ask_cover(draft, out, withdrawal, week, pieces=pieces, restore=True)


def _answer(
    draft: Draft,
    out: Draw,
    result: LineResult,
    quantity: Decimal,
    missing: Decimal,
    *,
    code: str = "",
    reason: str = "",
) -> None:
    draft.facts.append(
        OrderLineAnswered(
            to=out.order,
            line=out.line,
            reference=out.id,
            result=result,
            quantity=quantity,
            missing=missing,
            code=code,
            reason=reason,
        )
    )
