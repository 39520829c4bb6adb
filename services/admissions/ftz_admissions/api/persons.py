"""What a person answers for: an old count, a discrepancy report, a 214 that is given up."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from ftz_admissions.api.command import carry_out, the
from ftz_admissions.domain.admission_state import Terms
from ftz_admissions.domain.transfer import CancelTransfer
from ftz_admissions.usecases import UseCases, kept_lines
from ftz_common.contracts.admissions import AdmissionLine, Document
from ftz_common.contracts.common import EventRef
from ftz_common.flow.service import Service
from ftz_common.web.caller import Called
from ftz_common.web.problem import not_found

Quantity = Annotated[str, Field(pattern=r"^[0-9]{1,18}(\.[0-9]{1,6})?$", examples=["12", "0.5"])]
Who = Annotated[str, Field(min_length=1, max_length=200, description="Id of the person who answers for it")]


class PersonsCountLine(BaseModel):
    """What was counted of one line."""

    line: int = Field(ge=1)
    quantity: Quantity
    unit: str = Field(min_length=1, max_length=200)


class PersonsCount(BaseModel):
    """A dock count that a person answers for, because it is older than the procedures take."""

    receipt: str = Field(min_length=1, max_length=128)
    counted_at: AwareDatetime
    final: bool
    lines: list[PersonsCountLine] = Field(min_length=1, max_length=999)
    who: str = Field(min_length=1, description="Id of the person who answers for it")
    reason: str = Field(min_length=1, max_length=2000)


class DiscrepancyReport(BaseModel):
    """A report on a line that differs (19 CFR 146.37(c)). Local dates."""

    line: int = Field(ge=1)
    form: Literal["joint", "5931"]
    signed_on: date
    told_on: date = Field(description="The day on which the port director had it")
    reference: str = Field(min_length=1, max_length=128)
    who: Who


class ShortageReport(BaseModel):
    """A shortage that the port director was told of in writing (19 CFR 146.53(a)(3))."""

    line: int = Field(ge=1)
    reported_on: date
    reference: str = Field(min_length=1, max_length=128)
    who: Who


class OverageAnswer(BaseModel):
    """What became of what a receipt had over (19 CFR 146.53(d))."""

    line: int = Field(ge=1)
    how: Literal["admitted", "entered", "general-order"]
    on: date = Field(description="The local day on which the 214 or the entry was filed, or they were sent")
    reference: str = Field(min_length=1, max_length=128, description="Number of the 214, entry or order")
    who: Who


class Withdrawal(BaseModel):
    """Why a 214 is given up."""

    reason: str = Field(min_length=1, max_length=2000)
    who: Who


class Transfer(BaseModel):
    """CBP's permit for the way to the zone: inside the port, or in-bond between ports."""

    kind: Literal["permit-to-transfer", "in-bond"]
    number: str = Field(min_length=1, max_length=128)
    carrier: str = Field(min_length=1, max_length=200, description="Bonded carrier or cartman")
    asked_on: date
    who: Who


class TransferBack(BaseModel):
    """A permit that is given back."""

    number: str = Field(min_length=1, max_length=128)
    reason: str = Field(min_length=1, max_length=2000)
    who: Who


class ElectedLine(BaseModel):
    """Goods in status N of which the status is to change: P (an election that cannot be undone) or Z."""

    line: int = Field(ge=1, le=99_999)
    uin: str = Field(min_length=1, max_length=128)
    quantity: Quantity
    unit: str = Field(min_length=1, max_length=200)
    value: Quantity = Field(description="USD for the line, as on the noted invoice (19 CFR 141.90)")
    origin: str = Field(pattern=r"^[A-Z]{2}$")
    status: Literal["P", "Z"]
    layer: str = Field(default="", max_length=128, description="The layer itself; else the next in order")
    manufacturer: str = Field(default="", pattern=r"^[A-Z0-9]{0,15}$")


class Paper(BaseModel):
    """A document: its kind, number, date, SHA-256, and where it is kept."""

    kind: str = Field(min_length=1, max_length=200)
    number: str = Field(min_length=1, max_length=128)
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    dated: str = Field(default="", pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")
    kept_at: str = Field(default="", max_length=500)


class StatusChange(BaseModel):
    """A change of zone status on a 214 of its own (19 CFR 146.41(b), 146.44(b))."""

    zone: str
    account: str
    change: str = Field(min_length=1, max_length=128, description="Its id; the same again changes nothing")
    lines: list[ElectedLine] = Field(min_length=1, max_length=999)
    documents: list[Paper] = []
    bill: str = Field(default="", max_length=35)
    who: Who
    why: str = Field(default="", max_length=2000)


def add(routes: APIRouter, service: Service, cases: UseCases) -> None:
    """The routes of people."""

    async def announced(account: str, issuer: str, shipment: str) -> tuple[str, Terms]:
        stream, _, state = await the(service, account, issuer, shipment)
        if state.terms is None:
            raise not_found(f"the announcement of shipment {shipment!r}", "announce it first")
        return stream, state.terms

    @routes.post(
        "/{account}/{issuer}/{shipment:path}/receipts",
        status_code=201,
        summary="A dock count that a person answers for",
    )
    async def count(
        account: str, issuer: str, shipment: str, body: PersonsCount, called: Called
    ) -> JSONResponse:
        stream, terms = await announced(account, issuer, shipment)
        asked = cases.received_by_person(
            terms=terms,
            stream=stream,
            receipt=body.receipt,
            counted_at=body.counted_at,
            final=body.final,
            lines=kept_lines((line.line, line.quantity, line.unit) for line in body.lines),
            who=body.who,
            reason=body.reason,
            event=EventRef(source=called.principal, event=called.idempotency_key),
        )
        return await carry_out(service, asked, called)

    @routes.post(
        "/{account}/{issuer}/{shipment:path}/discrepancy-reports",
        status_code=201,
        summary="A discrepancy report; in time it modifies what the operator answers for",
    )
    async def report(
        account: str, issuer: str, shipment: str, body: DiscrepancyReport, called: Called
    ) -> JSONResponse:
        stream, terms = await announced(account, issuer, shipment)
        asked = cases.reported(stream, terms.zone, **body.model_dump())
        return await carry_out(service, asked, called)

    @routes.post(
        "/{account}/{issuer}/{shipment:path}/shortage-reports",
        status_code=201,
        summary="A shortage that was reported to the port director upon identification",
    )
    async def shortage(
        account: str, issuer: str, shipment: str, body: ShortageReport, called: Called
    ) -> JSONResponse:
        stream, terms = await announced(account, issuer, shipment)
        asked = cases.shortage_reported(stream, terms.zone, **body.model_dump())
        return await carry_out(service, asked, called)

    @routes.post(
        "/{account}/{issuer}/{shipment:path}/overage-answers",
        status_code=201,
        summary="The 214, entry or general order of what a receipt had over",
    )
    async def over(
        account: str, issuer: str, shipment: str, body: OverageAnswer, called: Called
    ) -> JSONResponse:
        stream, terms = await announced(account, issuer, shipment)
        asked = cases.overage_answered(stream, terms.zone, **body.model_dump())
        return await carry_out(service, asked, called)

    @routes.post(
        "/{account}/{issuer}/{shipment:path}/withdrawal",
        status_code=201,
        summary="Give a 214 up; one that CBP permitted is deleted there. Its number stays, with the reason",
    )
    async def withdrawal(
        account: str, issuer: str, shipment: str, body: Withdrawal, called: Called
    ) -> JSONResponse:
        stream, terms = await announced(account, issuer, shipment)
        return await carry_out(service, cases.withdrawn(stream, terms.zone, body.reason, body.who), called)

    @routes.post(
        "/{account}/{issuer}/{shipment:path}/transfers",
        status_code=201,
        summary="Permit to transfer (same port) or in-bond; an in-bond has 30 days",
    )
    async def transfer(
        account: str, issuer: str, shipment: str, body: Transfer, called: Called
    ) -> JSONResponse:
        stream, terms = await announced(account, issuer, shipment)
        return await carry_out(service, cases.transferred(stream, terms.zone, **body.model_dump()), called)

    @routes.post(
        "/{account}/{issuer}/{shipment:path}/transfer-cancellations",
        status_code=201,
        summary="Give a permit to transfer or an in-bond back, before arrival",
    )
    async def transfer_back(
        account: str, issuer: str, shipment: str, body: TransferBack, called: Called
    ) -> JSONResponse:
        stream, terms = await announced(account, issuer, shipment)
        asked = cases.on_admission(stream, CancelTransfer(**body.model_dump()), terms.zone)
        return await carry_out(service, asked, called)

    @routes.post("/status-changes", status_code=201, summary="Elect another status for goods in status N")
    async def status_change(body: StatusChange, called: Called) -> JSONResponse:
        if service.reference.account(body.zone, body.account) is None:
            raise not_found(f"account {body.account!r} of zone {body.zone!r}", "apply the zone with it")
        asked = cases.change_status(
            zone=body.zone,
            account=body.account,
            change=body.change,
            lines=tuple(_elected(line) for line in body.lines),
            documents=tuple(Document(**paper.model_dump()) for paper in body.documents),
            bill=body.bill,
            who=body.who,
            why=body.why,
            event=EventRef(source=called.principal, event=called.idempotency_key),
        )
        return await carry_out(service, asked, called)

    _ = count, report, shortage, over, withdrawal, status_change, transfer, transfer_back


def _elected(line: ElectedLine) -> AdmissionLine:
    return AdmissionLine(
        line=line.line,
        uin=line.uin,
        quantity=Decimal(line.quantity),
        unit=line.unit,
        value=Decimal(line.value),
        charges=Decimal(0),
        status=line.status,
        origin=line.origin,
        manufacturer=line.manufacturer,
        layer=line.layer,
    )
