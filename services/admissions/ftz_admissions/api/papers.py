"""The files that an operator keeps: 214s in sequence, document sets, suspense, open manifests."""

from typing import Any, Literal

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field

from ftz_admissions.api.command import the
from ftz_admissions.domain.document_set import document_set
from ftz_admissions.usecases import ADMISSION, DAILY
from ftz_admissions.views import AdmissionRow, AdmissionRows
from ftz_common.flow.series import SERIES, series_stream
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name, stream_parts

#: Phases of a 214 that CBP has or had.
FILED = ("filed", "authorized", "rejected", "deleting", "concurred")


class PaperHeld(BaseModel):
    """A paper of the set: who asks for it, whether it is there, the documents that answer for it."""

    name: str
    citation: str
    complete: bool
    missing: str
    documents: list[dict[str, Any]]


class DocumentSet(BaseModel):
    """The document set of a 214: complete, or what is missing."""

    stream: str
    number: str
    complete: bool
    papers: list[PaperHeld]


class NumberGiven(BaseModel):
    """A number of the sequence. `explained`: CBP has it, or why it does not."""

    number: int
    shipment: str
    phase: str
    explained: bool
    why: str


class NumberFile(BaseModel):
    """The 214s of a zone and year in sequence (19 CFR 146.37(a))."""

    zone: str
    year: str
    last: int
    unexplained: list[int]
    numbers: list[NumberGiven]


class Suspended(BaseModel):
    """Goods that are here and are no stock (19 CFR 146.22(c), 146.35(c))."""

    stream: str
    account: str
    shipment: str
    why: Literal["not announced", "temporary deposit"]
    receipts: list[str]
    since: str


class OpenManifest(BaseModel):
    """A shipment that arrived and is not wholly admitted (19 CFR 146.40(a)(6))."""

    stream: str
    account: str
    shipment: str
    number: str
    it_number: str
    arrived_at: str


class Files(BaseModel):
    """What is open."""

    suspense: list[Suspended] = Field(default=[])
    manifests: list[OpenManifest] = Field(default=[])


def add(routes: APIRouter, service: Service) -> None:
    """The routes of files."""
    views = AdmissionRows(service.journal, ADMISSION)

    async def every(account: str) -> list[AdmissionRow]:
        found: list[AdmissionRow] = []
        after = ""
        while rows := await views.rows(stream_name(ADMISSION.kind, account) + "/", after, 1000):
            found += rows
            after = rows[-1].stream
        return found

    @routes.get("/numbers/{zone}/{year}", summary="214s in sequence; a number that was not filed is named")
    async def numbers(zone: str, year: str, kind: Literal["214", "214-T"] = "214") -> NumberFile:
        _, series = await service.journal.state(SERIES, series_stream("admissions", zone, kind, year))
        given = {number: purpose.partition(" ")[2] for purpose, number in series.given.items()}
        file = [
            await _given(service, number, given.get(number, ""))
            for number in range(series.began_after + 1, series.last + 1)
        ]
        open_numbers = [row.number for row in file if not row.explained]
        return NumberFile(zone=zone, year=year, last=series.last, unexplained=open_numbers, numbers=file)

    @routes.get("/suspense", summary="Goods that are here and are no stock")
    async def suspense(account: str) -> Files:
        return Files(
            suspense=[_suspended(row) for row in await every(account) if row.suspense or row.deposit]
        )

    @routes.get("/open-manifests", summary="Shipments that arrived and are not wholly admitted, oldest first")
    async def manifests(account: str) -> Files:
        rows = [row for row in await every(account) if row.arrived_at and not row.concurred_at]
        rows.sort(key=lambda row: (row.arrived_at, row.stream))
        return Files(manifests=[_manifest(row) for row in rows])

    @routes.get(
        "/{account}/{issuer}/{shipment:path}/documents",
        summary="The document set of a 214: complete, or what is missing and by which rule",
    )
    async def documents(account: str, issuer: str, shipment: str) -> DocumentSet:
        stream, _, state = await the(service, account, issuer, shipment)
        papers = [
            PaperHeld(
                name=held.name,
                citation=held.citation,
                complete=held.complete,
                missing=held.missing,
                documents=[msgspec.structs.asdict(document) for document in held.documents],
            )
            for held in document_set(state)
        ]
        complete = all(paper.complete for paper in papers)
        return DocumentSet(stream=stream, number=state.number, complete=complete, papers=papers)

    _ = numbers, suspense, manifests, documents


async def _given(service: Service, number: int, stream: str) -> NumberGiven:
    """Every number is taken by a 214; one that CBP never had is explained only by its withdrawal."""
    if not stream:
        why = "no 214 took this number"
        return NumberGiven(number=number, shipment="", phase="", explained=False, why=why)
    if stream_parts(stream)[0] == DAILY.kind:
        return await _given_daily(service, number, stream)
    _, state = await service.journal.state(ADMISSION, stream)
    phase = "concurred" if state.concurred_at else state.phase
    replaced = bool(state.deposit_number) and state.deposit_number.endswith(f"T{number:05}")
    if phase in FILED or replaced:
        why = "completed by a 214 of the ordinary series" if replaced else ""
        return NumberGiven(number=number, shipment=state.shipment, phase=phase, explained=True, why=why)
    held = ", ".join(hold.code for hold in state.holds)
    why = state.withdrawn_because or (f"not filed: {held}" if held else "not filed yet")
    explained = bool(state.withdrawn_because)
    return NumberGiven(number=number, shipment=state.shipment, phase=phase, explained=explained, why=why)


async def _given_daily(service: Service, number: int, stream: str) -> NumberGiven:
    """The number of a cumulative 214, which lists many shipments (19 CFR 146.40(c)(1))."""
    _, state = await service.journal.state(DAILY, stream)
    shipments = ", ".join(sorted({entry.shipment.shipment for entry in state.entries.values()}))
    filed = state.phase in FILED
    why = f"direct deliveries of {state.day}" if filed else f"is filed after {state.day}"
    return NumberGiven(number=number, shipment=shipments, phase=state.phase, explained=filed, why=why)


def _suspended(row: AdmissionRow) -> Suspended:
    return Suspended(
        stream=row.stream,
        account=row.account,
        shipment=row.shipment,
        why="temporary deposit" if row.deposit else "not announced",
        receipts=row.suspense,
        since=row.here_since,
    )


def _manifest(row: AdmissionRow) -> OpenManifest:
    return OpenManifest(
        stream=row.stream,
        account=row.account,
        shipment=row.shipment,
        number=row.number,
        it_number=row.it_number,
        arrived_at=row.arrived_at,
    )
