"""HTTP of classification: parts, the queue of reviews, decisions of licensed people."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_classification.usecases import PART, UseCases
from ftz_classification.views import PARTS, REVIEWS, PartRows
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Called
from ftz_common.web.problem import Problem, answer, not_found


class DecisionBody(BaseModel):
    """What the goods are, who says so and why."""

    number: str = Field(
        min_length=8, max_length=13, description="Tariff number, dots or not", examples=["6911.10.37.10"]
    )
    who: str = Field(min_length=1, max_length=128, description="Id of the person who decides")
    licence: str = Field(min_length=1, max_length=128, description="Customs broker licence or authority")
    reason: str = Field(min_length=1, max_length=4000)
    revision: str = Field("", description="Tariff revision; default: the one in force today")
    facts_digest: str = Field(
        "", description="Of the description that was looked at; refused when it has changed since"
    )


class Part(BaseModel):
    """A part in the list or in the queue."""

    account: str
    uin: str
    description: str
    origin: str
    unit: str
    facts_digest: str
    number: str
    revision: str
    decided_by: str
    review: str = Field(description="Why a person must decide; empty when nobody must")
    waiting: list[str] = Field(description="The admissions that wait for it")


class PartList(BaseModel):
    """A page; `next` is the cursor of the one after it."""

    parts: list[Part]
    next: str | None = None


def router(service: Service, cases: UseCases) -> APIRouter:
    """The routes of classification."""
    routes = APIRouter(prefix="/v1/classification", tags=["classification"])
    views = PartRows(service.ports.store, PART)

    async def page(which: str, account: str, after: str, limit: int) -> PartList:
        rows = await views.rows(which, stream_name(PART.kind, account) + "/", after, limit)
        found = [Part(**msgspec.structs.asdict(row)) for row in rows]
        return PartList(parts=found, next=rows[-1].stream if len(rows) == limit else None)

    @routes.get("/parts", summary="Parts of an account with their decisions")
    async def parts(
        account: str, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> PartList:
        return await page(PARTS, account, after, limit)

    @routes.get("/reviews", summary="Parts of an account that a licensed person must decide")
    async def reviews(
        account: str, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> PartList:
        return await page(REVIEWS, account, after, limit)

    @routes.get("/parts/{account}/{uin:path}", summary="A part, whole")
    async def one(account: str, uin: str) -> JSONResponse:
        stream = stream_name(PART.kind, account, uin)
        version, state = await service.journal.state(PART, stream)
        if version == 0:
            raise not_found(f"part {uin!r} of account {account!r}", "publish it")
        body = {"stream": stream, "version": version, **msgspec.to_builtins(state)}
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    @routes.post("/parts/{account}/{uin:path}/decisions", status_code=201, summary="Decide a part")
    async def decide(account: str, uin: str, body: DecisionBody, called: Called) -> JSONResponse:
        asked = cases.decided(account=account, uin=uin, **body.model_dump())
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

    _ = parts, reviews, one, decide
    return routes
