"""HTTP of classification: parts, the queue of reviews, decisions of licensed people."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from ftz_classification.domain.concordance import ImportConcordance, NotAConcordance, read_concordance
from ftz_classification.domain.part_state import PartState
from ftz_classification.domain.proposal import ProposeAgain, description_of
from ftz_classification.senders.engine_process import FORMAT
from ftz_classification.senders.proposals import Proposals
from ftz_classification.usecases import PART, UseCases
from ftz_classification.views import PARTS, REVIEWS, PartRow, PartRows
from ftz_common.blobs.port import BlobMissing
from ftz_common.contracts.classification import DecisionHeld
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import Contradicted, Done, Result, To
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Called, Caller
from ftz_common.web.problem import Problem, answer, not_found

CONCORDANCE_BYTES_MAX = 20_000_000
Citation = Annotated[str, Field(min_length=1, max_length=300)]


class Person(BaseModel):
    """Who says it and why."""

    who: str = Field(min_length=1, max_length=128, description="Id of the person who decides")
    licence: str = Field(min_length=1, max_length=128, description="Customs broker licence or authority")
    reason: str = Field(min_length=1, max_length=4000)


class Looked(Person):
    """With what the person looked at."""

    citations: list[Citation] = Field([], max_length=50, description="Notes, rulings, General Rules")
    facts_digest: str = Field(
        "", description="Of the description that was looked at; refused when it has changed since"
    )


class DecisionBody(Looked):
    """What the goods are, who says so and why; where policy asks for two people, both send it."""

    number: str = Field(
        min_length=8, max_length=13, description="Tariff number, dots or not", examples=["6911.10.37.10"]
    )
    revision: str = Field(
        "", description="Tariff revision; default: the review's, else the one in force today"
    )
    proposal: str = Field("", description="Id of the proposal that was looked at; refused when superseded")


class QuestionBody(Person):
    """What decides and is not known."""

    text: str = Field(min_length=1, max_length=2000, examples=["Is the glass lead crystal?"])
    asked_of: str = Field("platform", min_length=1, max_length=128, description="A source or a person")
    facts_digest: str = ""


class AlikePart(BaseModel):
    """A part of a bulk decision, as it was looked at."""

    uin: str = Field(min_length=1, max_length=128)
    facts_digest: str = Field(min_length=64, max_length=64)


class BulkBody(Person):
    """One decision for near-identical parts, each named with what was looked at."""

    account: str
    number: str = Field(min_length=8, max_length=13)
    citations: list[Citation] = Field([], max_length=50)
    revision: str = ""
    parts: list[AlikePart] = Field(min_length=1, max_length=1000)


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
    value: Decimal = Field(description="USD that depends on the decision; 0: nobody said")
    spread: Decimal | None = Field(description="Of the likely candidates' rates, points; null: unknown")
    stake: Decimal | None = Field(description="Duty at stake in USD; null: unknown")
    proposal: str = Field(description="Id of the engine's proposal; empty: none")
    proposed: str = Field(description="Its first candidate")
    safe: str = Field(description="As many digits as the engine is sure of")
    question: str = Field(description="What a person asked, or what the engine asks")
    asked: bool = Field(description="A person asked: the review waits for other facts")
    held: str = Field(description="The number that a second person must decide too")
    held_by: str
    successors: list[str] = Field(description="What may take the place of a number that a revision ended")


class EngineReport(BaseModel):
    """Whether the engine proposes; `why`: what to do where it does not."""

    state: Literal["off", "idle", "loading", "ready", "failed"]
    why: str


class PartList(BaseModel):
    """A page; `next` is the cursor of the one after it."""

    parts: list[Part]
    next: str | None = None
    engine: EngineReport | None = None


class AlikeList(BaseModel):
    """Near-identical parts of the account: undecided ones to decide with it, decided ones to compare."""

    undecided: list[Part]
    decided: list[Part]


def router(service: Service, cases: UseCases, proposals: Proposals) -> APIRouter:
    """The routes of classification."""
    routes = APIRouter(prefix="/v1/classification", tags=["classification"])
    views = PartRows(service.journal, PART)
    _lists(routes, views, proposals)
    _one(routes, service, views)
    _decisions(routes, service, cases)
    _engine(routes, service, cases, proposals)
    return routes


# ---- reading ------------------------------------------------------------------------------------


def _part(row: PartRow) -> Part:
    return Part(**{name: getattr(row, name) for name in Part.model_fields})


def _lists(routes: APIRouter, views: PartRows, proposals: Proposals) -> None:
    def page(rows: list[PartRow], limit: int, engine: EngineReport | None = None) -> PartList:
        after = rows[-1].stream if len(rows) == limit else None
        return PartList(parts=[_part(row) for row in rows], next=after, engine=engine)

    @routes.get("/parts", summary="Parts of an account with their decisions")
    async def parts(
        account: str, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> PartList:
        prefix = stream_name(PART.kind, account) + "/"
        return page(await views.rows(PARTS, prefix, after, limit), limit)

    @routes.get("/reviews", summary="Parts of an account that a licensed person must decide")
    async def reviews(
        account: str,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        order: Annotated[
            Literal["part", "stake"], Query(description="stake: most duty at stake first")
        ] = "part",
    ) -> PartList:
        prefix = stream_name(PART.kind, account) + "/"
        if order == "stake":
            rows = await views.reviews_by_stake(prefix, after, limit)
        else:
            rows = await views.rows(REVIEWS, prefix, after, limit)
        status = proposals.engine.status
        return page(rows, limit, EngineReport(state=status.state, why=status.why))

    @routes.get("/similar", summary="Near-identical parts of the same account")
    async def similar(account: str, uin: str) -> AlikeList:
        stream = stream_name(PART.kind, account, uin)
        rows = [r for r in await views.rows(PARTS, stream, "", 1) if r.stream == stream]
        if not rows:
            raise not_found(f"part {uin!r} of account {account!r}", "publish it")
        alike = await views.alike(rows[0]) if rows[0].likeness else []
        return AlikeList(
            undecided=[_part(r) for r in alike if r.review or not r.number],
            decided=[_part(r) for r in alike if r.number and not r.review],
        )

    _ = parts, reviews, similar


def _one(routes: APIRouter, service: Service, views: PartRows) -> None:
    @routes.get("/parts/{account}/{uin:path}", summary="A part, whole")
    async def one(account: str, uin: str) -> JSONResponse:
        stream = stream_name(PART.kind, account, uin)
        version, state = await service.journal.state(PART, stream)
        if version == 0:
            raise not_found(f"part {uin!r} of account {account!r}", "publish it")
        body = {"stream": stream, "version": version, **msgspec.to_builtins(state)}
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    @routes.get("/explanations/{sha256}", summary="The whole explanation of a proposal")
    async def explanation(sha256: str) -> Response:
        try:
            content = await service.ports.blobs.get(sha256)
        except BlobMissing:
            content = b""
        if f'"format":"{FORMAT}"'.encode() not in content:
            raise not_found(f"explanation {sha256!r}", "take the SHA-256 from a proposal")
        return Response(content, media_type="application/json")

    @routes.get("/decisions", summary="Decisions that stand, as records that `ftz classify learn` reads")
    async def decisions(account: str) -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            async for state in views.parts(account):
                for record in learned(state):
                    yield msgspec.json.encode(record) + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    _ = one, explanation, decisions


def learned(state: PartState) -> list[dict[str, Any]]:
    """The decisions that answer for a part as described, as records of the engine; none while undecided.

    A decision that a later one took the place of is left out: it never answers again.
    """
    recorded = state.recorded
    if recorded is None:
        return []
    made = state.remembered.get(recorded.facts_digest, [])
    return [
        {
            "key": decision.decision,
            "facts": description_of(state.account, state.uin, recorded),
            "numbers": [decision.number],
            "reason": decision.reason,
            "revision": decision.revision,
            "effective_from": decision.effective_from,
            "order": order,
            "basis": decision.basis,
            "decided_by": decision.decided_by,
            "licence": decision.licence,
            "approved_by": decision.approved_by,
            "citations": decision.citations,
            "proposal": decision.proposal,
        }
        for order, decision in enumerate(made, start=1)
        if all(later.effective_from > decision.effective_from for later in made[order:])
    ]


# ---- people -------------------------------------------------------------------------------------


async def _command(service: Service, asked: To | Refusal, called: Caller, part: str = "") -> Result:
    """One command; `part` keeps the commands of a bulk request apart."""
    if isinstance(asked, Refusal):
        raise Problem.of(asked)
    return await service.command(
        asked.aggregate,
        asked.stream,
        asked.command,
        principal=called.principal,
        idempotency_key=f"{called.idempotency_key}/{part}" if part else called.idempotency_key,
        body_digest=called.body_digest,
        account=asked.account,
        zone=asked.zone,
    )


def _decisions(routes: APIRouter, service: Service, cases: UseCases) -> None:
    async def revision_of(account: str, uin: str, named: str) -> str:
        """The one that is named, else that of the review, else "": in force today."""
        if named:
            return named
        _, state = await service.journal.state(PART, stream_name(PART.kind, account, uin))
        review = state.review
        return review.revision if review and cases.known(review.revision) else ""

    @routes.post("/parts/{account}/{uin:path}/decisions", status_code=201, summary="Decide a part")
    async def decide(account: str, uin: str, body: DecisionBody, called: Called) -> JSONResponse:
        said = body.model_dump() | {"revision": await revision_of(account, uin, body.revision)}
        result = await _command(service, cases.decided(account=account, uin=uin, **said), called)
        return answer(result, outcome=_outcome(result))

    @routes.post("/parts/{account}/{uin:path}/questions", status_code=201, summary="Ask what decides")
    async def ask(account: str, uin: str, body: QuestionBody, called: Called) -> JSONResponse:
        said = body.model_dump(exclude={"who"})
        asked = cases.questioned(account=account, uin=uin, asked_by=body.who, **said)
        return answer(await _command(service, asked, called))

    @routes.post(
        "/parts/{account}/{uin:path}/rejections",
        status_code=201,
        summary="Say no to the decision that waits for a second person, else to the proposal",
    )
    async def reject(account: str, uin: str, body: Looked, called: Called) -> JSONResponse:
        asked = cases.rejected(account=account, uin=uin, **body.model_dump())
        return answer(await _command(service, asked, called))

    @routes.post("/approvals", status_code=201, summary="Decide near-identical parts in one request")
    async def bulk(body: BulkBody, called: Called) -> JSONResponse:
        said = body.model_dump(include={"account", "number", "who", "licence", "reason", "citations"})
        results: list[dict[str, Any]] = []
        for one in body.parts:
            revision = await revision_of(body.account, one.uin, body.revision)
            asked = cases.decided(uin=one.uin, facts_digest=one.facts_digest, revision=revision, **said)
            result = await _command(service, asked, called, one.uin)
            results.append({"uin": one.uin, **_told(result)})
        if all(r["outcome"] == "contradicted" for r in results):
            raise Problem(
                422,
                "idempotency-key-reused",
                "this Idempotency-Key was used before with another body; the first one stands",
                remedy="send the new request under a new key",
            )
        refused = sum(r["outcome"] == "refused" for r in results)
        status = 200 if all(r.get("repeated") for r in results) else 201
        return JSONResponse({"parts": results, "refused": refused}, status)

    _ = decide, ask, reject, bulk


def _outcome(result: Result) -> str:
    if isinstance(result, Contradicted):
        return "contradicted"
    if isinstance(result, Done) and result.refusal is not None:
        return "refused"
    return "held" if any(isinstance(f, DecisionHeld) for f in result.facts) else "decided"


def _told(result: Result) -> dict[str, Any]:
    """One part of a bulk answer."""
    told: dict[str, Any] = {"outcome": _outcome(result), "version": result.version}
    if isinstance(result, Done):
        if result.refusal is not None:
            told |= msgspec.to_builtins(result.refusal)
    else:
        told["repeated"] = True
    return told


# ---- engine -------------------------------------------------------------------------------------


def _engine(routes: APIRouter, service: Service, cases: UseCases, proposals: Proposals) -> None:
    @routes.post("/parts/{account}/{uin:path}/proposals", status_code=202, summary="Ask for a proposal")
    async def propose(account: str, uin: str, who: str, called: Called) -> JSONResponse:
        status = proposals.engine.status
        if status.state == "off":
            raise Problem(409, "engine-off", "nothing is proposed here", remedy=status.why)
        stream = stream_name(PART.kind, account, uin)
        to = To(PART, stream, ProposeAgain(who), account, cases.zone_of(account))
        result = await _command(service, to, called)
        answer(result)  # raises what was refused
        return JSONResponse({"stream": stream, "version": result.version}, 202)

    @routes.put("/concordances/{revision}", status_code=201, summary="Which lines followed those that ended")
    async def concordance(
        revision: str,
        who: str,
        content: Annotated[bytes, Body(media_type="text/csv")],
        called: Called,
        file_name: str = "concordance.csv",
    ) -> JSONResponse:
        try:
            if len(content) > CONCORDANCE_BYTES_MAX:
                raise NotAConcordance(f"{len(content):,} bytes; at most {CONCORDANCE_BYTES_MAX:,}")
            successors = read_concordance(content, revision)
        except NotAConcordance as error:
            raise Problem(
                422,
                "not-a-concordance",
                str(error),
                remedy="send a CSV with old_hts10, new_hts10 and, if it is of several, revision_to",
                place="body",
            ) from error
        sha256 = await service.ports.blobs.put(content)
        command = ImportConcordance(sha256, len(successors), file_name, who)
        result = await _command(service, cases.concordance(revision, command), called)
        return answer(result, lines=len(successors))

    _ = propose, concordance
