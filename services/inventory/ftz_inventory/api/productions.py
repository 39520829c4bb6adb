"""HTTP of production and manipulation: an order with its bill of materials, and what became of it."""

from decimal import Decimal

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field

from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.production import (
    Component,
    Output,
    PermitShown,
    ProductionOpened,
    Recovered,
    Working,
)
from ftz_common.values.exact import ZERO
from ftz_common.web.caller import Called
from ftz_common.web.problem import Problem, not_found
from ftz_inventory.api.forms import Account, Form, Id, Quantity
from ftz_inventory.api.movements import Desk
from ftz_inventory.domain.bom import Item, explode
from ftz_inventory.domain.identity import production_stream
from ftz_inventory.domain.production import OpenProduction
from ftz_inventory.usecases import PRODUCTIONS


class BomItem(Form):
    """`per` of a part in one of what it goes into; with `made_of` it is made on the way."""

    uin: Id
    per: Quantity
    unit: Id
    loss: Quantity = Field("0", description="The part of it that is lost: 0.02 is two percent")
    made_of: list["BomItem"] = Field(default_factory=list["BomItem"])


class ComponentForm(Form):
    """What is taken, as it was used. `waste`: how much of it is lost (19 USC 81c(a))."""

    uin: Id
    quantity: Quantity
    unit: Id
    waste: Quantity = "0"


class RecoveredForm(Form):
    """Waste that somebody pays for: `value` is that price (19 CFR 146.65(b)(2))."""

    uin: Id
    quantity: Quantity
    unit: Id
    value: Quantity
    number: str = Field(pattern="^([0-9]{8}|[0-9]{10})$")
    revision: Id
    origin: str = Field(pattern="^[A-Z]{2}$")


class OutputForm(Form):
    """What is made, with its own number. `relative_value`: against the other outputs at separation."""

    uin: Id
    quantity: Quantity
    unit: Id
    number: str = Field(pattern="^([0-9]{8}|[0-9]{10})$")
    revision: Id
    decision: str = ""
    origin: str = Field(pattern="^[A-Z]{2}$")
    relative_value: Quantity = "1"


class ProductionForm(Account):
    """Work on goods: `consumed` makes something else of them (216 to manufacture), `manipulated` does not."""

    production: Id
    kind: Working
    at: AwareDatetime
    permit: str = ""
    components: list[ComponentForm] = Field(default_factory=list[ComponentForm], max_length=500)
    bom: list[BomItem] = Field(
        default_factory=list[BomItem], description="Instead of components: for one of the first output"
    )
    outputs: list[OutputForm] = Field(min_length=1, max_length=50)
    recovered: list[RecoveredForm] = Field(default_factory=list[RecoveredForm], max_length=50)
    who: Id
    reference: str = ""


def productions(routes: APIRouter, desk: Desk) -> None:
    """The routes of production."""

    @routes.post("/productions", status_code=201, summary="Work on goods: take components, make outputs")
    async def produce(form: ProductionForm, called: Called) -> JSONResponse:
        desk.ledger(form.zone, form.account, "")
        zone = desk.service.reference.zones[form.zone]
        seen = await desk.permit(form.zone, form.account, form.permit)
        shown = None
        if seen is not None:
            shown = PermitShown(
                stream=seen.stream,
                number=seen.number,
                activities=list(seen.activities),
                valid_from=seen.valid_from,
                valid_to=seen.valid_to,
                revoked_on=seen.revoked_on,
                uins=list(seen.uins),
            )
        opened = ProductionOpened(
            production=form.production,
            zone=form.zone,
            site=zone.site.id,
            account=form.account,
            kind=form.kind,
            at=instant_text(form.at),
            timezone=zone.timezone,
            week_starts=zone.procedures.week_starts,
            permit=shown,
            authorities=zone.production_authority,
            components=_components(desk, form),
            outputs=[
                Output(
                    ledger=desk.ledger(form.zone, form.account, output.uin),
                    uin=output.uin,
                    quantity=Decimal(output.quantity),
                    unit=output.unit,
                    number=output.number,
                    revision=output.revision,
                    decision=output.decision,
                    origin=output.origin,
                    relative_value=Decimal(output.relative_value),
                )
                for output in form.outputs
            ],
            recovered=[
                Recovered(
                    ledger=desk.ledger(form.zone, form.account, each.uin),
                    uin=each.uin,
                    quantity=Decimal(each.quantity),
                    unit=each.unit,
                    value=Decimal(each.value),
                    number=each.number,
                    revision=each.revision,
                    origin=each.origin,
                )
                for each in form.recovered
            ],
            who=form.who,
            reference=form.reference,
        )
        stream = production_stream(form.zone, form.account, form.production)
        kits = {m.uin: m.parts for m in zone.sku_mappings if m.account == form.account and m.parts}
        return await desk.do(called, PRODUCTIONS, stream, OpenProduction(opened, kits, _used(form)), form)

    @routes.get("/productions/{zone}/{account}/{production}", summary="A production, whole")
    async def one(zone: str, account: str, production: str) -> JSONResponse:
        stream = production_stream(zone, account, production)
        version, state = await desk.service.journal.state(PRODUCTIONS, stream)
        if version == 0:
            raise not_found(
                f"production {production!r} of {account!r}", "open it: POST /v1/inventory/productions"
            )
        body = {"through": version, **msgspec.to_builtins(state)}
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    _ = produce, one


def _used(form: ProductionForm) -> dict[tuple[str, str], Decimal]:
    """What goes into it directly: of a bill of materials its first level."""
    found: dict[tuple[str, str], Decimal] = {}
    made = Decimal(form.outputs[0].quantity) if form.outputs else ZERO
    said = [(item.uin, item.unit, Decimal(item.per) * made) for item in form.bom]
    for uin, unit, quantity in said or [(c.uin, c.unit, Decimal(c.quantity)) for c in form.components]:
        found[uin, unit] = found.get((uin, unit), ZERO) + quantity
    return found


def _components(desk: Desk, form: ProductionForm) -> list[Component]:
    if form.bom:
        found = explode([_item(item) for item in form.bom], Decimal(form.outputs[0].quantity))
        if isinstance(found, Refusal):
            raise Problem.of(found)
        said = [(uin, taken.quantity, unit, taken.lost) for (uin, unit), taken in found.items()]
    else:
        said = [(c.uin, Decimal(c.quantity), c.unit, Decimal(c.waste)) for c in form.components]
    return [
        Component(
            ledger=desk.ledger(form.zone, form.account, uin),
            uin=uin,
            quantity=quantity,
            unit=unit,
            waste=waste,
        )
        for uin, quantity, unit, waste in said
    ]


def _item(item: BomItem) -> Item:
    made_of = tuple(_item(each) for each in item.made_of)
    return Item(item.uin, Decimal(item.per), item.unit, Decimal(item.loss), made_of)
