"""HTTP of admissions: zones with their history, 214s, counts that a person answers for."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import AwareDatetime, BaseModel, Field

from ftz_admissions.domain.admission_state import Admission
from ftz_admissions.domain.zone import ApplyZone, Zone, examine
from ftz_admissions.domain.zone_authority import advice
from ftz_admissions.domain.zone_rules import changes
from ftz_admissions.usecases import ADMISSION, ZONE, UseCases, kept_lines
from ftz_admissions.views import AdmissionRows
from ftz_common.contracts import table
from ftz_common.contracts.catair.admission import e214_of
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.common import EventRef
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import FilingRequested
from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Called, Caller
from ftz_common.web.problem import Problem, answer, not_found

Quantity = Annotated[str, Field(pattern=r"^[0-9]{1,18}(\.[0-9]{1,6})?$", examples=["12", "0.5"])]


class ZoneApplication(BaseModel):
    """A zone document, whole, and the day from which it holds."""

    document: dict[str, Any] = Field(description="The content of a zone.yaml")
    effective_from: date
    who: str = Field(default="", max_length=200, description="Who answers for it; default: the caller")
    why: str = Field(default="", max_length=2000)


class Finding(BaseModel):
    """A rule that refuses the document, and where."""

    place: str
    code: str
    reason: str
    citation: str
    remedy: str


class ZoneExamined(BaseModel):
    """What applying the document today would come to."""

    zone: str
    problems: list[Finding]
    advice: list[str] = Field(description="What is lawful to leave out, and would be missed")
    changes: list[str] = Field(description="What differs from the document that stands")
    standing_from: str = Field(description="From when that one holds; empty: the zone is new")


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


class AdmissionSummary(BaseModel):
    """A 214 in the list."""

    stream: str
    account: str
    issuer: str
    shipment: str
    zone: str
    number: str
    phase: Literal["unknown", "drafted", "filed", "rejected", "authorized", "concurred"]
    attempt: int
    holds: list[str]
    lines: int
    authorized_at: str
    arrived_at: str
    concurred_at: str
    with_discrepancy: bool


class AdmissionList(BaseModel):
    """A page of the list; `next` is the cursor of the one after it."""

    admissions: list[AdmissionSummary]
    next: str | None = None


def router(service: Service, cases: UseCases) -> APIRouter:
    """The routes of admissions."""
    routes = APIRouter(prefix="/v1/admissions", tags=["admissions"])
    _zones(routes, service, cases)
    _admissions(routes, service, cases)
    return routes


def _zones(routes: APIRouter, service: Service, cases: UseCases) -> None:
    async def apply(body: ZoneApplication, called: Caller) -> JSONResponse:
        asked = cases.apply_zone(
            body.document, body.effective_from.isoformat(), body.who or called.principal, body.why
        )
        return await _command(service, asked, called)

    @routes.post("/zones/check", summary="What applying a zone document would come to; nothing is applied")
    async def check(body: ZoneApplication) -> ZoneExamined:
        asked = cases.apply_zone(body.document, body.effective_from.isoformat())
        if isinstance(asked, Refusal):
            raise Problem.of(asked)
        _, state = await service.journal.state(ZONE, asked.stream)
        return _examined(state, asked.command, service.ports.clock.now())

    @routes.post("/zones", status_code=201, summary="Apply a zone document")
    async def post_zone(body: ZoneApplication, called: Called) -> JSONResponse:
        return await apply(body, called)

    @routes.put("/zones/{zone}", status_code=201, summary="Apply a zone document to this zone")
    async def put_zone(zone: str, body: ZoneApplication, called: Called) -> JSONResponse:
        if body.document.get("zone") != zone:
            raise Problem(
                422,
                "zone-document-wrong",
                f"the document is of zone {body.document.get('zone')!r}, the address of {zone!r}",
                remedy="send it to its own address",
                place="document.zone",
            )
        return await apply(body, called)

    @routes.get("/zones", summary="The zones as they stand")
    async def zones() -> dict[str, Any]:
        standing = service.reference.zones
        return {"zones": [msgspec.to_builtins(standing[number]) for number in sorted(standing)]}

    @routes.get("/zones/{zone}", summary="A zone as it stands, and every document before it")
    async def one_zone(zone: str) -> dict[str, Any]:
        history = service.reference.history.get(zone)
        if not history:
            raise not_found(f"zone {zone!r}", "apply it: `ftz zone apply zone.yaml`")
        return {
            "zone": msgspec.to_builtins(history[-1].document),
            "effective_from": history[-1].effective_from,
            "history": [msgspec.to_builtins(applied) for applied in history],
        }

    _ = check, post_zone, put_zone, zones, one_zone


def _examined(state: Zone, command: ApplyZone, now: datetime) -> ZoneExamined:
    document = command.document
    problems = examine(state, command, now)
    standing = state.applied
    known = "timezone" not in {problem.place for problem in problems}
    today = PortCalendar(document.timezone).local_date(now) if known else now.date()
    return ZoneExamined(
        zone=document.zone,
        problems=[Finding(**msgspec.structs.asdict(problem)) for problem in problems],
        advice=advice(document, today),
        changes=changes(standing.document, document) if standing else [],
        standing_from=standing.effective_from if standing else "",
    )


def _admissions(routes: APIRouter, service: Service, cases: UseCases) -> None:
    views = AdmissionRows(service.journal, ADMISSION)

    @routes.get("", summary="214s of an account", response_model=AdmissionList)
    async def listed(
        account: str, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> AdmissionList:
        rows = await views.rows(stream_name(ADMISSION.kind, account) + "/", after, limit)
        found = [AdmissionSummary(**msgspec.structs.asdict(row)) for row in rows]
        return AdmissionList(admissions=found, next=rows[-1].stream if len(rows) == limit else None)

    async def the(account: str, issuer: str, shipment: str) -> tuple[str, int, Admission]:
        stream = stream_name(ADMISSION.kind, account, issuer, shipment)
        version, state = await service.journal.state(ADMISSION, stream)
        if version == 0:
            raise not_found(f"shipment {shipment!r} of {issuer!r} for {account!r}", "announce it")
        return stream, version, state

    @routes.get(
        "/{account}/{issuer}/{shipment:path}/e214",
        summary="The e214 of an attempt (the last, if none is named); `draft` also when it is incomplete",
        response_class=PlainTextResponse,
    )
    async def e214(
        account: str, issuer: str, shipment: str, attempt: int | None = None, draft: bool = False
    ) -> PlainTextResponse:
        stream, _, state = await the(account, issuer, shipment)
        filed = {filing.attempt: filing for filing in await _filings(service, stream)}
        filing = filed.get(attempt or max(filed, default=0))
        if filing is None:
            held = ", ".join(hold.code for hold in state.holds) or "it is complete as it stands"
            raise not_found(f"attempt {attempt or 1} of 214 {state.number}", f"what holds it: {held}")
        made = e214_of(filing)
        if made.problems and not draft:
            raise Problem(
                409,
                "e214-incomplete",
                f"the e214 of attempt {filing.attempt} cannot be sent: {made.problems[0]}",
                remedy="announce what is missing, or look at it with ?draft=true",
                citation="CATAIR e214",
                problems=[str(problem) for problem in made.problems],
            )
        return PlainTextResponse(made.text)

    @routes.get("/{account}/{issuer}/{shipment:path}", summary="A shipment's 214, whole")
    async def one(account: str, issuer: str, shipment: str) -> JSONResponse:
        stream, version, state = await the(account, issuer, shipment)
        body = {"stream": stream, "version": version, **msgspec.to_builtins(state, str_keys=True)}
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    @routes.post(
        "/{account}/{issuer}/{shipment:path}/receipts",
        status_code=201,
        summary="A dock count that a person answers for",
    )
    async def count(
        account: str, issuer: str, shipment: str, body: PersonsCount, called: Called
    ) -> JSONResponse:
        stream, _, state = await the(account, issuer, shipment)
        if state.terms is None:
            raise not_found(f"the announcement of shipment {shipment!r}", "announce it first")
        asked = cases.received_by_person(
            terms=state.terms,
            stream=stream,
            receipt=body.receipt,
            counted_at=body.counted_at,
            final=body.final,
            lines=kept_lines((line.line, line.quantity, line.unit) for line in body.lines),
            who=body.who,
            reason=body.reason,
            event=EventRef(source=called.principal, event=called.idempotency_key),
        )
        return await _command(service, asked, called)

    _ = listed, one, e214, count


async def _filings(service: Service, stream: str) -> list[FilingRequested]:
    """Every attempt that was filed, as it was filed."""
    filed = table.BY_FACT["admissions", FilingRequested].type
    commits = [unseal(stored) for stored in await service.ports.store.read({stream: 0})]
    facts = [recorded for commit in commits for recorded in commit.facts if recorded.type == filed]
    return [table.decoder(filed).decode(recorded.data) for recorded in facts]


async def _command(service: Service, asked: To | Refusal, called: Caller) -> JSONResponse:
    if isinstance(asked, Refusal):
        raise Problem.of(asked)
    result = await service.command(
        asked.aggregate,
        asked.stream,
        asked.command,
        principal=called.principal,
        idempotency_key=called.idempotency_key,
        body_digest=called.body_digest,
        account=asked.account,
        zone=asked.zone,
    )
    return answer(result)
