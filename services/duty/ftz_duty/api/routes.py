"""HTTP of duty: the tariff, weekly entries with their worksheets, withdrawals, in-bonds."""

from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import Aggregate, To
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.values.period import said_period
from ftz_common.web.caller import Called, Caller
from ftz_common.web.problem import Problem, not_found
from ftz_duty.api.command import Period, command
from ftz_duty.api.deferrals import deferral_routes
from ftz_duty.api.estimates import estimate_routes
from ftz_duty.api.fees import fee_routes
from ftz_duty.api.filings import filing_routes
from ftz_duty.api.measures import measure_routes
from ftz_duty.api.otherwise import otherwise_routes
from ftz_duty.api.removals import Reason, Who, removal_routes
from ftz_duty.api.values import value_routes
from ftz_duty.domain.entry_cancel import CancelEntry
from ftz_duty.domain.entry_correct import CorrectSummary
from ftz_duty.domain.entry_definite import ExtendRemoval
from ftz_duty.domain.entry_filing import FileAgain, FileForRemoved, SummaryIsEntry
from ftz_duty.domain.explain import explained
from ftz_duty.domain.schedule import Line, dotted
from ftz_duty.domain.statement import statement
from ftz_duty.domain.worksheet import worksheet
from ftz_duty.usecases import ENTRY, INBOND, WITHDRAWAL, UseCases
from ftz_duty.views import EntryRow, EntryRows

#: An official export has some four million bytes.
TARIFF_BYTES_MAX = 32_000_000


class EntryList(BaseModel):
    """A page of the list; `next` is the cursor of the one after it."""

    entries: list[dict[str, Any]]
    next: str | None = None


class ExtensionOrder(BaseModel):
    """The port director gave more time for the removal of definite goods, for good cause."""

    entry_number: str = Field(min_length=1, max_length=64)
    remove_by: date
    reason: Reason
    who: Who


class FilingOrder(BaseModel):
    """What a person files for an entry: an attempt again, an estimate for what left without one while the
    week runs, or, for a week without any release, a summary that serves as the entry."""

    what: Literal["attempt-again", "removed-without-estimate", "summary-as-entry"]
    attempt: int = Field(0, ge=0, description="For attempt-again: one that was rejected or has no answer")
    reason: str = Field(min_length=1, max_length=2000, description="Why, for the record")


class CorrectionOrder(BaseModel):
    """A person corrects the summaries of a week by what came to light, priced as of their own date."""

    who: Who
    why: Reason
    liquidation_on: date | None = Field(
        None, description="As CBP scheduled it; ends the window 15 days before"
    )


class CancellationOrder(BaseModel):
    """CBP cancelled an entry: what had not left under it is in the zone in its last status."""

    entry_number: str = Field(min_length=1, max_length=64)
    reference: str = Field(min_length=1, max_length=128, description="CBP's notice")
    cancelled_at: AwareDatetime
    who: Who
    why: Reason


def router(service: Service, cases: UseCases) -> APIRouter:
    """The routes of duty."""
    routes = APIRouter(prefix="/v1/duty", tags=["duty"])
    _tariff(routes, service, cases)
    _entries(routes, service)
    filing_routes(routes, service)
    _withdrawals(routes, service)
    measure_routes(routes, service, cases)
    otherwise_routes(routes, service, cases)
    fee_routes(routes, service)
    value_routes(routes, service)
    removal_routes(routes, service, cases)
    deferral_routes(routes, service, cases)
    estimate_routes(routes, service)
    return routes


def _tariff(routes: APIRouter, service: Service, cases: UseCases) -> None:
    @routes.post(
        "/tariff",
        status_code=201,
        summary="Import an official schedule export",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def import_tariff(
        *,
        request: Request,
        called: Called,
        revision: Annotated[str, Query(min_length=1, max_length=128)],
        effective: Annotated[str, Query(description="First day in force, YYYY-MM-DD")],
        file_name: Annotated[str, Query(max_length=200)] = "schedule.csv",
        extract: Annotated[bool, Query(description="The file has some chapters only")] = False,
        accept: Annotated[
            list[str] | None, Query(description='What a person agreed to: "older", "replaces", "high rate"')
        ] = None,
    ) -> JSONResponse:
        content = await request.body()
        if len(content) > TARIFF_BYTES_MAX:
            raise Problem(
                413,
                "tariff-too-large",
                f"{len(content)} bytes; a schedule export has at most {TARIFF_BYTES_MAX}",
                remedy="import the CSV or JSON export of hts.usitc.gov",
                place="body",
            )
        asked = await cases.import_tariff(
            revision,
            effective,
            content,
            file_name,
            extract=extract,
            accept=frozenset(accept or ()),
        )
        return await command(service, asked, _with_query(called, request))

    @routes.get("/tariff", summary="Revisions of the schedule, by effective date")
    async def revisions() -> dict[str, Any]:
        ordered = sorted(service.reference.revisions, key=lambda known: (known[0].effective_from, known[1]))
        return {
            "revisions": [
                {**msgspec.to_builtins(fact), "recorded_at": recorded} for fact, recorded in ordered
            ]
        }

    @routes.get("/tariff/{number}", summary="A line as in force on a date, with its rate for an origin")
    async def line(
        number: str,
        on: Annotated[date | None, Query(description="The date whose law counts; default: today")] = None,
        origin: Annotated[str, Query(pattern="^[A-Z]{2}$", description="ISO 3166 country of origin")] = "ZZ",
    ) -> dict[str, Any]:
        day = on or service.ports.clock.now().date()
        found = cases.tariff_line(number, day)
        if isinstance(found, Refusal):
            raise Problem.of(found, 404)
        revision, known = found
        return {
            "revision": revision,
            **_line(known),
            "on": day.isoformat(),
            "rate": _rate(cases, known, origin, day),
        }

    _ = import_tariff, revisions, line


def _line(line: Line) -> dict[str, Any]:
    return {
        "number": dotted(line.number),
        "description": line.description,
        "units": list(line.units),
        "general": line.general.text,
        "special": line.special.text,
        "column2": line.column2.text,
        "rates_stated_at": dotted(line.general.stated_at) if line.general.stated_at else "",
        "place": line.place,
    }


def _rate(cases: UseCases, line: Line, origin: str, on: date) -> dict[str, Any]:
    stated = cases.library.stated(line.number, origin, on.isoformat())
    return {
        "origin": origin,
        "column": stated.column,
        "text": stated.rate_text,
        "not_priced": stated.missing,
    }


def _entries(routes: APIRouter, service: Service) -> None:
    views = EntryRows(service.ports.store)

    @routes.get("/entries", summary="Entries of an account, by period", response_model=EntryList)
    async def listed(
        zone: str, account: str, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> EntryList:
        rows: list[EntryRow] = await views.rows(stream_name("entry", zone, account) + "/", after, limit)
        found = [msgspec.structs.asdict(row) for row in rows]
        return EntryList(entries=found, next=rows[-1].stream if len(rows) == limit else None)

    @routes.get("/entries/{zone}/{account}/{week}", summary="An entry's worksheet")
    async def one(zone: str, account: str, week: Period) -> JSONResponse:
        stream = stream_name("entry", zone, account, week)
        version, state = await service.journal.state(ENTRY, stream)
        if version == 0:
            raise not_found(
                f"an entry of zone {zone} for {account!r} in {said_period(week)}",
                "name its period, mostly the first day of the week; see /v1/duty/entries",
            )
        return _shown({"stream": stream, "version": version, **worksheet(state)}, version)

    @routes.get("/entries/{zone}/{account}/{week}/explanation", summary="Each cent of an entry, explained")
    async def explanation(
        zone: str,
        account: str,
        week: Period,
        line: Annotated[int | None, Query(ge=1, description="One line; default: all")] = None,
    ) -> JSONResponse:
        stream = stream_name("entry", zone, account, week)
        version, state = await service.journal.state(ENTRY, stream)
        found = explained(state, line)
        if version == 0 or (line is not None and not found["lines"]):
            what = f"line {line} of " if version else ""
            raise not_found(
                f"{what}an entry of zone {zone} for {account!r} in {said_period(week)}",
                "name its period, and a line of its summary; see /v1/duty/entries",
            )
        return _shown(found, version)

    @routes.get("/entries/{zone}/{account}/{week}/statement", summary="What the week pays by ACH, by class")
    async def ach(zone: str, account: str, week: Period) -> JSONResponse:
        stream = stream_name("entry", zone, account, week)
        version, state = await service.journal.state(ENTRY, stream)
        if version == 0:
            raise not_found(f"an entry of zone {zone} for {account!r} in {said_period(week)}")
        return _shown(statement(state), version)

    @routes.post(
        "/entries/{zone}/{account}/{week}/filings",
        status_code=201,
        summary="What a person files for an entry",
    )
    async def file(zone: str, account: str, week: Period, body: FilingOrder, called: Called) -> JSONResponse:
        commands = {
            "attempt-again": FileAgain(body.attempt, body.reason),
            "removed-without-estimate": FileForRemoved(body.reason),
            "summary-as-entry": SummaryIsEntry(body.reason),
        }
        stream = stream_name("entry", zone, account, week)
        return await command(service, To(ENTRY, stream, commands[body.what], account, zone), called)

    @routes.post(
        "/entries/{zone}/{account}/{week}/corrections",
        status_code=201,
        summary="Correct the accepted summaries of a week by what came to light since",
    )
    async def corrections(
        zone: str, account: str, week: Period, body: CorrectionOrder, called: Called
    ) -> JSONResponse:
        liquidation = body.liquidation_on.isoformat() if body.liquidation_on else ""
        asked = CorrectSummary(body.who, body.why, liquidation)
        stream = stream_name("entry", zone, account, week)
        return await command(service, To(ENTRY, stream, asked, account, zone), called)

    @routes.post(
        "/entries/{zone}/{account}/{week}/cancellations",
        status_code=201,
        summary="Record that CBP cancelled an entry of the week for goods that had not left",
    )
    async def cancellations(
        zone: str, account: str, week: Period, body: CancellationOrder, called: Called
    ) -> JSONResponse:
        asked = CancelEntry(body.entry_number, body.reference, body.cancelled_at, body.who, body.why)
        stream = stream_name("entry", zone, account, week)
        return await command(service, To(ENTRY, stream, asked, account, zone), called)

    @routes.post(
        "/entries/{zone}/{account}/{week}/extensions",
        status_code=201,
        summary="Record that the port director gave more time to remove definite goods",
    )
    async def extensions(
        zone: str, account: str, week: Period, body: ExtensionOrder, called: Called
    ) -> JSONResponse:
        asked = ExtendRemoval(body.entry_number, body.remove_by.isoformat(), body.reason, body.who)
        stream = stream_name("entry", zone, account, week)
        return await command(service, To(ENTRY, stream, asked, account, zone), called)

    _ = listed, one, explanation, ach, file, corrections, cancellations, extensions


def _withdrawals(routes: APIRouter, service: Service) -> None:
    async def shown(aggregate: Aggregate, stream: str, what: str) -> JSONResponse:
        version, state = await service.journal.state(aggregate, stream)
        if version == 0:
            raise not_found(what)
        body = {"stream": stream, "version": version, **msgspec.to_builtins(state, str_keys=True)}
        return _shown(body, version)

    @routes.get("/withdrawals/{withdrawal}", summary="What a withdrawal owes, provisionally")
    async def one(withdrawal: str) -> JSONResponse:
        stream = stream_name("withdrawal", withdrawal)
        return await shown(WITHDRAWAL, stream, f"withdrawal {withdrawal!r}")

    @routes.get("/inbonds/{account}/{issuer}/{order}/{parcel}", summary="An export under bond")
    async def inbond(account: str, issuer: str, order: str, parcel: str) -> JSONResponse:
        stream = stream_name("inbond", account, issuer, order, parcel)
        return await shown(INBOND, stream, f"an in-bond of parcel {parcel!r}")

    _ = one, inbond


def _shown(body: dict[str, Any], version: int) -> JSONResponse:
    return JSONResponse(body, headers={"ETag": f'"{version}"'})


def _with_query(called: Caller, request: Request) -> Caller:
    """The revision and its date are in the query: they are part of what is asked."""
    digest = sha256(f"{called.body_digest}?{request.url.query}".encode()).hexdigest()
    key = digest if called.idempotency_key == called.body_digest else called.idempotency_key
    return Caller(called.principal, key, digest)
