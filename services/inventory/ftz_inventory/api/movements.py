"""HTTP of movements: what a person or a process does with goods in the zone besides orders."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.movements import Movement as Kind
from ftz_common.contracts.movements import PermitGranted
from ftz_common.flow.aggregate import Aggregate, Waiting
from ftz_common.flow.service import Service
from ftz_common.web.caller import Called, Caller
from ftz_common.web.problem import Problem, answer, not_found
from ftz_inventory.api import forms
from ftz_inventory.domain import moves, permit216
from ftz_inventory.domain.identity import ledger_stream, permit_stream
from ftz_inventory.domain.layer import Which
from ftz_inventory.usecases import LEDGERS, PERMITS, UseCases


class Desk:
    """Takes a form to its stream."""

    def __init__(self, service: Service, cases: UseCases) -> None:
        self.service = service
        self.cases = cases

    def ledger(self, zone: str, account: str, uin: str) -> str:
        """The ledger of goods; 404 for a zone or an account that is not there."""
        document = self.service.reference.zones.get(zone)
        if document is None or self.service.reference.account(zone, account) is None:
            raise not_found(f"account {account!r} of zone {zone!r}", "apply the zone with its accounts")
        return ledger_stream(zone, document.site.id, account, uin)

    def local(self, zone: str, account: str) -> moves.Local:
        """Calendar and inventory method."""
        try:
            return self.cases.local(zone, account)
        except Waiting as waiting:
            raise not_found(f"zone {zone!r}", str(waiting)) from waiting

    async def permit(self, zone: str, account: str, number: str) -> moves.PermitSeen | None:
        """The CBP 216 as it stands now; refused when it is not recorded."""
        if not number:
            return None
        _, state = await self.service.journal.state(PERMITS, permit_stream(zone, account, number))
        if state.seen is None:
            raise Problem.of(
                Refusal(
                    code="permit-unknown",
                    reason=f"no CBP 216 {number} of {account} is recorded",
                    citation="19 CFR 146.52(a)",
                    remedy="Record it when CBP has approved it: POST /v1/inventory/permits/{number}.",
                    place="permit",
                )
            )
        return state.seen

    async def do(
        self, called: Caller, of: Aggregate, stream: str, command: Any, form: forms.Account
    ) -> JSONResponse:
        """Carry it out; 201 with version, or the refusal."""
        result = await self.service.command(
            of,
            stream,
            command,
            principal=called.principal,
            idempotency_key=called.idempotency_key,
            body_digest=called.body_digest,
            account=form.account,
            zone=form.zone,
        )
        return answer(result)

    async def move(self, called: Caller, kind: Kind, form: forms.Movement, **more: Any) -> JSONResponse:
        """A movement of a ledger."""
        stream = self.ledger(form.zone, form.account, form.uin)
        permit = await self.permit(form.zone, form.account, getattr(form, "permit", ""))
        command = moves.Move(
            local=self.local(form.zone, form.account),
            movement=form.movement,
            kind=kind,
            quantity=Decimal(form.quantity),
            unit=form.unit,
            at=instant_text(form.at),
            who=form.who,
            which=Which(form.layer, form.lot, form.status, form.origin, form.location, form.on_hold),
            reason=form.reason,
            reference=form.reference,
            approved_by=form.approved_by,
            permit=permit,
            **more,
        )
        return await self.do(called, LEDGERS, stream, command, form)

    def residue(self, form: forms.Destruction | forms.Waste) -> moves.Residue | None:
        """What is left, with the ledger that keeps it."""
        said = form.residue
        if said is None:
            return None
        return moves.Residue(
            ledger=self.ledger(form.zone, form.account, said.uin),
            uin=said.uin,
            quantity=Decimal(said.quantity),
            unit=said.unit,
            value=Decimal(said.value),
            number=said.number,
            revision=said.revision,
            origin=said.origin,
        )


def movements(routes: APIRouter, service: Service, cases: UseCases) -> Desk:
    """The routes of movements and permits; returns the desk that carries them out."""
    desk = Desk(service, cases)
    _inside(routes, desk)
    _outside(routes, desk)
    _corrections(routes, desk)
    _overages(routes, desk)
    _permits(routes, desk)
    return desk


def _inside(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/movements/relocate", status_code=201, summary="Move goods to another place in the site")
    async def relocate(form: forms.Relocation, called: Called) -> JSONResponse:
        return await desk.move(called, "relocated", form, destination=form.destination)

    @routes.post("/movements/hold", status_code=201, summary="Put goods on hold: they leave only by name")
    async def hold(form: forms.Hold, called: Called) -> JSONResponse:
        return await desk.move(called, "held", form, hold=form.hold)

    @routes.post("/movements/release", status_code=201, summary="Take goods off hold")
    async def release(form: forms.Hold, called: Called) -> JSONResponse:
        return await desk.move(called, "released", form, hold=form.hold)

    @routes.post("/movements/change-status", status_code=201, summary="Change the zone status of goods")
    async def change_status(form: forms.StatusChange, called: Called) -> JSONResponse:
        return await desk.move(
            called,
            "status-changed",
            form,
            status=form.new_status,
            cause=form.cause,
            authorisation=form.authorisation,
            filed_on=_day(form.filed_on),
            number=form.number,
            revision=form.revision,
            decision=form.decision,
        )

    _ = relocate, hold, release, change_status


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _outside(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/movements/remove-temporarily", status_code=201, summary="Out of the zone for a time")
    async def remove(form: forms.TemporaryRemoval, called: Called) -> JSONResponse:
        due = form.due_on.isoformat()
        return await desk.move(called, "temporarily-removed", form, destination=form.destination, due_on=due)

    @routes.post("/movements/{movement}/back", status_code=201, summary="Goods that were out are back")
    async def back(movement: str, form: forms.Back, called: Called) -> JSONResponse:
        command = moves.BringBack(
            desk.local(form.zone, form.account),
            movement,
            form.back,
            Decimal(form.quantity or 0),
            instant_text(form.at),
            form.who,
        )
        stream = desk.ledger(form.zone, form.account, form.uin)
        return await desk.do(called, LEDGERS, stream, command, form)

    @routes.post("/movements/send-to-zone", status_code=201, summary="Goods leave for another zone")
    async def send(form: forms.ZoneTransfer, called: Called) -> JSONResponse:
        return await desk.move(called, "sent-to-zone", form, destination=form.destination)

    @routes.post("/movements/{movement}/history", status_code=201, summary="Their history was sent")
    async def history(movement: str, form: forms.History, called: Called) -> JSONResponse:
        command = moves.SendHistory(movement, instant_text(form.sent_at), form.who)
        stream = desk.ledger(form.zone, form.account, form.uin)
        return await desk.do(called, LEDGERS, stream, command, form)

    @routes.post("/movements/receive-from-zone", status_code=201, summary="Goods come from another zone")
    async def receive(form: forms.Reception, called: Called) -> JSONResponse:
        layers = tuple(
            moves.Travelled(
                quantity=Decimal(layer.quantity),
                unit=layer.unit,
                value=Decimal(layer.value),
                status=layer.status,
                pf_filed_on=_day(layer.pf_filed_on) or None,
                origin=layer.origin,
                number=layer.number,
                revision=layer.revision,
                decision=layer.decision,
                lot=layer.lot,
            )
            for layer in form.layers
        )
        command = moves.ReceiveFromZone(
            desk.local(form.zone, form.account),
            form.movement,
            instant_text(form.at),
            form.who,
            form.admission,
            form.admission_number,
            form.from_zone,
            layers,
        )
        stream = desk.ledger(form.zone, form.account, form.uin)
        return await desk.do(called, LEDGERS, stream, command, form)

    _ = remove, back, send, history, receive


def _corrections(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/movements/destroy", status_code=201, summary="Goods were destroyed under a CBP 216")
    async def destroy(form: forms.Destruction, called: Called) -> JSONResponse:
        return await desk.move(called, "destroyed", form, residue=desk.residue(form))

    @routes.post("/movements/waste", status_code=201, summary="Scrap or waste, recoverable or not")
    async def waste(form: forms.Waste, called: Called) -> JSONResponse:
        cause = "casualty" if form.casualty else "waste"
        return await desk.move(called, "wasted", form, residue=desk.residue(form), cause=cause)

    @routes.post("/movements/adjust", status_code=201, summary="The book was wrong: less, or more")
    async def adjust(form: forms.Adjustment, called: Called) -> JSONResponse:
        value = Decimal(form.value) if form.value is not None else None
        return await desk.move(
            called, "adjusted", form, found=form.found, value=value, corrects=form.corrects
        )

    @routes.post("/movements/{movement}/reverse", status_code=201, summary="A movement did not happen")
    async def reverse(movement: str, form: forms.Reversal, called: Called) -> JSONResponse:
        command = moves.ReverseMovement(
            desk.local(form.zone, form.account),
            movement,
            instant_text(form.at),
            form.who,
            form.reason,
            form.approved_by,
        )
        stream = desk.ledger(form.zone, form.account, form.uin)
        return await desk.do(called, LEDGERS, stream, command, form)

    _ = destroy, waste, adjust, reverse


def _overages(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/overages", status_code=201, summary="Goods are there that the book does not have")
    async def found(form: forms.Overage, called: Called) -> JSONResponse:
        command = moves.FindOverage(
            desk.local(form.zone, form.account),
            form.overage,
            Decimal(form.quantity),
            form.unit,
            form.found_on.isoformat(),
            form.who,
            form.reference,
        )
        stream = desk.ledger(form.zone, form.account, form.uin)
        return await desk.do(called, LEDGERS, stream, command, form)

    @routes.post("/overages/{overage}/settle", status_code=201, summary="What became of an overage")
    async def settle(overage: str, form: forms.OverageOver, called: Called) -> JSONResponse:
        command = moves.SettleOverage(overage, form.how, form.reference, form.who)
        stream = desk.ledger(form.zone, form.account, form.uin)
        return await desk.do(called, LEDGERS, stream, command, form)

    _ = found, settle


def _permits(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/permits/{number}", status_code=201, summary="CBP approved a Form 216")
    async def grant(number: str, form: forms.Permit, called: Called) -> JSONResponse:
        granted = PermitGranted(
            permit=number,
            zone=form.zone,
            account=form.account,
            activities=form.activities,
            blanket=form.blanket,
            valid_from=form.valid_from.isoformat(),
            valid_to=form.valid_to.isoformat(),
            description=form.description,
            uins=form.uins,
            quantity_max=Decimal(form.quantity_max) if form.quantity_max is not None else None,
            granted_on=form.granted_on.isoformat(),
            who=form.who,
        )
        desk.ledger(form.zone, form.account, "")
        stream = permit_stream(form.zone, form.account, number)
        command = permit216.GrantPermit(granted)
        return await desk.do(called, PERMITS, stream, command, form)

    @routes.post("/permits/{number}/revoke", status_code=201, summary="The port director revoked it")
    async def revoke(number: str, form: forms.Revocation, called: Called) -> JSONResponse:
        command = permit216.RevokePermit(form.revoked_on.isoformat(), form.reason, form.who)
        stream = permit_stream(form.zone, form.account, number)
        return await desk.do(called, PERMITS, stream, command, form)

    @routes.get("/permits/{zone}/{account}/{number}", summary="A CBP 216 with what was done under it")
    async def permit(zone: str, account: str, number: str) -> JSONResponse:
        stream = permit_stream(zone, account, number)
        version, state = await desk.service.journal.state(PERMITS, stream)
        if version == 0:
            raise not_found(f"CBP 216 {number!r} of {account!r}", "record it when CBP has approved it")
        content = {"through": version, **msgspec.to_builtins(state)}
        return JSONResponse(content, headers={"ETag": f'"{version}"'})

    _ = grant, revoke, permit
