"""214s: the list, one of them, the e214 of an attempt."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from ftz_admissions.api.command import the
from ftz_admissions.domain.admission_state import Phase
from ftz_admissions.usecases import ADMISSION
from ftz_admissions.views import AdmissionRows
from ftz_common.contracts import table
from ftz_common.contracts.catair.admission import e214_of
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.filing import FilingRequested
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.problem import Problem, not_found


class AdmissionSummary(BaseModel):
    """A 214 in the list."""

    stream: str
    account: str
    issuer: str
    shipment: str
    zone: str
    number: str
    phase: Literal[Phase, "concurred"]
    attempt: int
    holds: list[str]
    lines: int
    authorized_at: str
    arrived_at: str
    concurred_at: str
    with_discrepancy: bool
    admission_type: Literal["A", "C", "D", "O", "T", "Z"]
    it_number: str
    suspense: list[str]
    deposit: bool
    here_since: str
    clocks: list[str]


class AdmissionList(BaseModel):
    """A page of the list; `next` is the cursor of the one after it."""

    admissions: list[AdmissionSummary]
    next: str | None = None


def add(routes: APIRouter, service: Service) -> None:
    """The routes of 214s."""
    views = AdmissionRows(service.journal, ADMISSION)

    @routes.get("", summary="214s of an account", response_model=AdmissionList)
    async def listed(
        account: str, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> AdmissionList:
        rows = await views.rows(stream_name(ADMISSION.kind, account) + "/", after, limit)
        found = [AdmissionSummary(**msgspec.structs.asdict(row)) for row in rows]
        return AdmissionList(admissions=found, next=rows[-1].stream if len(rows) == limit else None)

    @routes.get(
        "/{account}/{issuer}/{shipment:path}/e214",
        summary="The e214 of an attempt (the last, if none is named); `draft` also when it is incomplete",
        response_class=PlainTextResponse,
    )
    async def e214(
        account: str, issuer: str, shipment: str, attempt: int | None = None, draft: bool = False
    ) -> PlainTextResponse:
        stream, _, state = await the(service, account, issuer, shipment)
        held = ", ".join(hold.code for hold in state.holds) or "it is complete as it stands"
        text = await e214_text(
            service, stream, state.number, f"what holds it: {held}", attempt=attempt, draft=draft
        )
        return PlainTextResponse(text)

    @routes.get("/{account}/{issuer}/{shipment:path}", summary="A shipment's 214, whole")
    async def one(account: str, issuer: str, shipment: str) -> JSONResponse:
        stream, version, state = await the(service, account, issuer, shipment)
        body = {"stream": stream, "version": version, **msgspec.to_builtins(state, str_keys=True)}
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    _ = listed, one, e214


async def e214_text(
    service: Service, stream: str, number: str, remedy: str, *, attempt: int | None, draft: bool
) -> str:
    """The e214 of an attempt of a 214, the last if none is named; a problem where there is none."""
    filed = {filing.attempt: filing for filing in await _filings(service, stream)}
    filing = filed.get(attempt or max(filed, default=0))
    if filing is None:
        raise not_found(f"attempt {attempt or 1} of 214 {number or 'without number'}", remedy)
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
    return made.text


async def _filings(service: Service, stream: str) -> list[FilingRequested]:
    """Every attempt that was filed, as it was filed."""
    filed = table.BY_FACT["admissions", FilingRequested].type
    commits = [unseal(stored) for stored in await service.ports.store.read({stream: 0})]
    facts = [recorded for commit in commits for recorded in commit.facts if recorded.type == filed]
    return [table.decoder(filed).decode(recorded.data) for recorded in facts]
