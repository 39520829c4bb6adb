"""HTTP of reporting: reports, outcomes, the story of anything, and what the archive lacks."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from ftz_common.flow.service import Service
from ftz_common.values.period import PATTERN, said_period
from ftz_common.web.problem import Problem as HttpProblem
from ftz_common.web.problem import not_found
from ftz_reporting.domain.node import Node
from ftz_reporting.domain.problem import Problem
from ftz_reporting.domain.sheet import Sheet, as_csv, as_data, as_text
from ftz_reporting.views.archive import Archive
from ftz_reporting.views.replay import replay
from ftz_reporting.views.reports import GAP_WAIT, Reports, admissions_sheet, entries_sheet
from ftz_reporting.views.tracing import Tracer
from ftz_reporting.views.verifying import Verified

Format = Annotated[
    Literal["json", "csv", "text"], Query(alias="format", description="json, csv or a plain table")
]
Period = Annotated[
    str, Path(pattern=PATTERN, description="First day of the week, or another period of entry")
]
After = Annotated[str, Query(description="Cursor: `stream` of the last row seen")]
Limit = Annotated[int, Query(ge=1, le=1000)]
Verify = Callable[[], Awaitable[Verified]]


class SheetBody(BaseModel):
    """A report. Cells are text; numbers in plain notation."""

    format: str = Field(examples=["ftz.sheet/1"])
    report: str
    title: str
    about: dict[str, str]
    rows: list[dict[str, str]]
    totals: dict[str, str]
    notes: list[str] = Field(description="What a reader must know: what is not covered, what is incomplete")


class OutcomeBody(BaseModel):
    """An answer to a platform's event."""

    result: Literal["accepted", "refused", "waiting", "suspended"]
    event_type: str
    code: str
    reason: str
    citation: str
    remedy: str
    place: str
    dropped_fields: list[str]
    subject: str = Field(description="The stream that took the event")
    recorded_at: str
    version: int


class Outcomes(BaseModel):
    """The latest answer, and every answer before it."""

    source: str
    event: str
    latest: OutcomeBody
    earlier: list[OutcomeBody]


class StoryNode(BaseModel):
    """One thing that happened or is."""

    title: str
    at: str
    details: dict[str, str]
    children: list["StoryNode"]


class MatchBody(BaseModel):
    """One thing that a name may mean."""

    what: str
    name: str
    stream: str


class Story(BaseModel):
    """The story of the one thing that was meant; or, without it, everything that could have been."""

    matches: list[MatchBody]
    story: StoryNode | None


class GapBody(BaseModel):
    """A stream whose facts came without those before them."""

    stream: str
    missing: int = Field(description="The first version that has not come")
    seen: int
    since: str
    state: Literal["waiting", "parked"]


class DamageBody(BaseModel):
    """A place in the archive that is not as it was published."""

    place: str
    why: str


class ArchiveBody(BaseModel):
    """What the archive lacks."""

    gaps: list[GapBody]
    damages: list[DamageBody]


class ProblemBody(BaseModel):
    """Something that cannot be, where, and what to do."""

    check: str
    stream: str
    version: int
    what: str
    remedy: str


class Checked(BaseModel):
    """What was found, and how often each check was evaluated."""

    problems: list[ProblemBody]
    evaluated: dict[str, int]


def router(service: Service, verify: Verify | None = None) -> APIRouter:
    """The routes of reporting. `verify`: given by whoever can reach journals, blobs and the tariff."""
    routes = APIRouter(prefix="/v1/reporting", tags=["reporting"])
    archive = Archive(service.ports.store)
    _reports(routes, service, Reports(archive))
    _stories(routes, Tracer(archive), archive)
    _checks(routes, service, archive, verify)
    return routes


def _answered(sheet: Sheet, form: str) -> Response:
    if form == "csv":
        name = f"{sheet.name.replace(' ', '-')}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(sheet), media_type="text/csv; charset=utf-8", headers=headers)
    if form == "text":
        return PlainTextResponse(as_text(sheet))
    return JSONResponse(as_data(sheet))


def _reports(routes: APIRouter, service: Service, reports: Reports) -> None:
    now = service.ports.clock.now

    @routes.get("/stock", response_model=SheetBody, summary="Stock as of a date")
    async def stock(
        *,
        as_of: Annotated[date | None, Query(description="End of this local date; default: now")] = None,
        zone: str = "",
        account: str = "",
        uin: str = "",
        by: Annotated[
            Literal["part", "layer"], Query(description="A row per part and status, or per layer")
        ] = ("part"),
        form: Format = "json",
    ) -> Response:
        within = _within(zone=zone, account=account, uin=uin)
        day = as_of.isoformat() if as_of else ""
        return _answered(await reports.stock(*within, as_of=day, now=now(), layers=by == "layer"), form)

    @routes.get(
        "/withdrawals/{zone}/{account}/{week}",
        response_model=SheetBody,
        summary="Withdrawals of a week, or another period of entry",
    )
    async def withdrawals(zone: str, account: str, week: Period, form: Format = "json") -> Response:
        sheet = await reports.week(zone=zone, account=account, week=week, now=now())
        return _answered(sheet, form)

    @routes.get(
        "/entries/{zone}/{account}/{week}/worksheet", response_model=SheetBody, summary="The entry worksheet"
    )
    async def worksheet(zone: str, account: str, week: Period, form: Format = "json") -> Response:
        sheet = await reports.worksheet(zone=zone, account=account, week=week, now=now())
        if sheet is None:
            raise not_found(
                f"an entry of {account} for {said_period(week)} in zone {zone}",
                "a week is named by its first day; list the entries at /v1/reporting/entries",
            )
        return _answered(sheet, form)

    @routes.get("/entries", response_model=SheetBody, summary="Entries and where they stand")
    async def entries(
        *, zone: str = "", account: str = "", after: After = "", limit: Limit = 100, form: Format = "json"
    ) -> Response:
        within = _within(zone=zone, account=account)
        return _answered(
            entries_sheet(await reports.listed("entries", *within, after=after, limit=limit)), form
        )

    @routes.get("/admissions", response_model=SheetBody, summary="Admissions (214) and where they stand")
    async def admissions(
        *, account: str = "", after: After = "", limit: Limit = 100, form: Format = "json"
    ) -> Response:
        within = _within(account=account)
        listed = await reports.listed("admissions", *within, after=after, limit=limit)
        return _answered(admissions_sheet(listed), form)

    @routes.get("/outcomes/{source}/{event:path}", summary="The answers to a platform's event")
    async def outcomes(source: str, event: str) -> Outcomes:
        found = await reports.outcomes(source, event)
        if not found:
            raise not_found(
                f"an answer to event {event!r} of {source!r}",
                "if it was sent just now, ask again in a moment; ids are case-sensitive",
            )
        bodies = [_outcome(one.answered, one.place.version) for one in found]
        return Outcomes(source=source, event=event, latest=bodies[-1], earlier=bodies[:-1])

    _ = stock, withdrawals, worksheet, entries, admissions, outcomes


def _within(**parts: str) -> list[str]:
    """The parts given, from the outermost; raises a problem for one without those it belongs to."""
    given = [part for part in parts.values() if part]
    if given != list(parts.values())[: len(given)]:
        raise HttpProblem(
            422,
            "too-wide",
            "an account belongs to a zone, and a UIN to an account",
            remedy="give zone with account, and account with uin",
            place="query",
        )
    return given


def _outcome(answered: Any, version: int) -> OutcomeBody:
    names = [name for name in OutcomeBody.model_fields if name != "version"]
    return OutcomeBody(**{name: getattr(answered, name) for name in names}, version=version)


def _stories(routes: APIRouter, tracer: Tracer, archive: Archive) -> None:
    @routes.get("/trace", summary="The whole story of an order, shipment, layer, draw or entry")
    async def trace(
        name: Annotated[str, Query(min_length=1, description="A number as people know it, or a stream")],
        what: Annotated[str, Query(description="Which of several matches: order, layer, ...")] = "",
    ) -> Story:
        traced = await tracer.trace(name, what)
        if not traced.matches:
            raise not_found(
                f"anything called {name!r}",
                "type an order, shipment, 214, layer, draw or entry number, or the name of a stream",
            )
        return Story(
            matches=[MatchBody(what=m.what, name=m.name, stream=m.stream) for m in traced.matches],
            story=_node(traced.story) if traced.story else None,
        )

    @routes.get("/facts", summary="Every archived fact of a stream, as it was published")
    async def facts(
        stream: Annotated[str, Query(min_length=1, examples=["order/acme/shop/1001"])],
        after: Annotated[int, Query(ge=0, description="Only later versions")] = 0,
    ) -> Response:
        rows = await archive.published(stream, after)
        if not rows and not after:
            raise not_found(
                f"stream {stream!r}",
                "the parts of a stream's name are percent-encoded each, joined by slashes",
            )
        return Response(b"[" + b",".join(rows) + b"]", media_type="application/cloudevents-batch+json")

    _ = trace, facts


def _node(node: Node) -> StoryNode:
    details = {label: value for label, value in node.details if value}
    return StoryNode(
        title=node.title, at=node.at, details=details, children=[_node(child) for child in node.children]
    )


def _checks(routes: APIRouter, service: Service, archive: Archive, verify: Verify | None) -> None:
    @routes.get("/archive", summary="What the archive lacks: gaps and damage")
    async def lacks() -> ArchiveBody:
        gaps = await archive.gaps(service.ports.clock.now(), GAP_WAIT)
        return ArchiveBody(
            gaps=[GapBody(**gap._asdict()) for gap in gaps],
            damages=[DamageBody(**damage._asdict()) for damage in await archive.damages()],
        )

    @routes.get("/replay", summary="Make every row of the views again and compare")
    async def replayed() -> Checked:
        found = await replay(archive)
        return _checked(found.problems, found.compared)

    _ = lacks, replayed
    if verify is not None:
        run = verify

        @routes.get("/verify", summary="Chains, census, invariants, and every duty figure again")
        async def verified() -> Checked:
            found = await run()
            return _checked(found.problems, found.evaluated)

        _ = verified


def _checked(problems: list[Problem], evaluated: dict[str, int]) -> Checked:
    return Checked(
        problems=[
            ProblemBody(check=p.check, stream=p.stream, version=p.version, what=p.what, remedy=p.remedy)
            for p in problems
        ],
        evaluated=evaluated,
    )
