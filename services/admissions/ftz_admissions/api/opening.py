"""Taking over an existing zone: examine a file whole, then take it part by part."""

from collections import Counter
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_admissions.api.command import carry_out
from ftz_admissions.domain.opening import PART_ROWS, Header, OpeningRow
from ftz_admissions.usecases import UseCases
from ftz_common.blobs.port import BlobMissing
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import To
from ftz_common.flow.series import SERIES, ContinueSeries, series_stream
from ftz_common.flow.service import Service
from ftz_common.web.caller import Called
from ftz_common.web.problem import Problem, not_found

#: So many problems are named; the others are counted.
PROBLEMS_MAX = 100


class Examined(BaseModel):
    """A file that can be taken: its digest, rows and parts. Value: USD of all rows, as text."""

    sha256: str
    rows: int
    parts: int
    value: str
    layers_by_status: dict[str, int]


class Part(BaseModel):
    """Which part of which file, and who certifies the file."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    part: int = Field(ge=1)
    as_of: date
    who: str = Field(min_length=1, max_length=200)
    certificate: str = Field(min_length=1, max_length=2000)


class Continued(BaseModel):
    """The last number of a year that was given elsewhere."""

    last: int = Field(ge=1, le=999_999)
    who: str = Field(min_length=1, max_length=200)
    why: str = Field(min_length=1, max_length=2000)


def add(routes: APIRouter, service: Service, cases: UseCases) -> None:
    """The routes of opening balances and of numbers that go on."""
    examined: dict[tuple[str, str, date], list[OpeningRow]] = {}  # the last file, so that parts are quick

    def known(zone: str) -> None:
        if zone not in service.reference.zones:
            raise not_found(f"zone {zone!r}", "apply it: `ftz zone apply zone.yaml`")

    async def rows_of(zone: str, sha256: str, as_of: date) -> list[OpeningRow]:
        """The rows of a file that was examined before; read again only after a restart."""
        key = (zone, sha256, as_of)
        if key not in examined:
            try:
                content = await service.ports.blobs.get(sha256)
            except BlobMissing:
                remedy = "examine it first: .../opening-balance/check"
                raise not_found(f"file {sha256[:12]}", remedy) from None
            rows, problems = cases.openings.opening_rows(zone, content, as_of)
            if problems:
                raise _problem(problems)
            examined.clear()
            examined[key] = rows
        return examined[key]

    @routes.post("/zones/{zone}/opening-balance/check", summary="Examine a file (CSV); no layer is opened")
    async def check(zone: str, as_of: date, request: Request) -> Examined:
        known(zone)
        content = await request.body()
        rows, problems = cases.openings.opening_rows(zone, content, as_of)
        if problems:
            raise _problem(problems)
        sha256 = await service.ports.blobs.put(content)
        examined.clear()
        examined[zone, sha256, as_of] = rows
        counted = Counter(row.status for row in rows)
        return Examined(
            sha256=sha256,
            rows=len(rows),
            parts=-(-len(rows) // PART_ROWS),
            value=str(sum(row.value for row in rows)),
            layers_by_status=dict(counted),
        )

    @routes.post(
        "/zones/{zone}/opening-balance/{name}/parts",
        status_code=201,
        summary="Take one part of a file that was examined whole",
    )
    async def take(zone: str, name: str, body: Part, called: Called) -> JSONResponse:
        known(zone)
        rows = await rows_of(zone, body.sha256, body.as_of)
        parts = -(-len(rows) // PART_ROWS)
        if body.part > parts:
            raise not_found(f"part {body.part} of {parts}", "parts are counted from 1")
        header = Header(body.sha256, len(rows), parts, body.as_of.isoformat(), body.who, body.certificate)
        mine = rows[(body.part - 1) * PART_ROWS : body.part * PART_ROWS]
        return await carry_out(service, cases.openings.open_part(zone, name, header, body.part, mine), called)

    @routes.post(
        "/numbers/{zone}/{year}/continue",
        status_code=201,
        summary="Go on after the last number that another system gave this year",
    )
    async def go_on(zone: str, year: str, body: Continued, called: Called) -> JSONResponse:
        known(zone)
        stream = series_stream("admissions", zone, "214", year)
        command = ContinueSeries(body.last, body.who, body.why)
        return await carry_out(service, To(SERIES, stream, command, zone=zone), called)

    _ = check, take, go_on


def _problem(problems: list[Refusal]) -> Problem:
    """Everything that is wrong with the file, up to a hundred rows."""
    first = problems[0]
    return Problem(
        422,
        first.code,
        f"{len(problems)} problems; the first: {first.reason} ({first.place})",
        remedy=f"{first.remedy}; nothing was taken",
        citation=first.citation,
        place=first.place,
        problems=[f"{p.place}: {p.reason}; {p.remedy}" for p in problems[:PROBLEMS_MAX]],
    )
