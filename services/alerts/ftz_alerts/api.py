"""HTTP of alerts: what a person should act on, and what was done about it."""

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, PlainSerializer

from ftz_alerts.domain.listed import Listed, row_key
from ftz_alerts.domain.risk import Settle
from ftz_alerts.usecases import RISK
from ftz_alerts.views import AlertList
from ftz_common.flow.service import Service
from ftz_common.values.exact import plain
from ftz_common.web.caller import Called
from ftz_common.web.problem import answer, not_found

Exact = Annotated[Decimal, PlainSerializer(plain, return_type=str)]


class Alert(BaseModel):
    """An alert. `stream` names it; `about` is the stream whose story explains it (`ftz trace`)."""

    stream: str = Field(examples=["risk/suspended-draw/3f0e5f1e-8c0a-5d37-9f0b-6f1f7e9a4c11"])
    account: str
    zone: str
    state: Literal["open", "resolved"]
    kind: str = Field(examples=["suspended-draw"])
    subject: str
    severity: str = Field(description="violation, deadline or notice")
    message: str
    citation: str = Field(description='The rule, or "policy: ..." where it is the operator\'s own')
    remedy: str
    act_by: str = Field(description="Date or instant of the clock that runs, or empty")
    about: str
    quantity: Exact = Field(description="How much stands, where it can be cured in parts")
    raised_at: str
    changed_at: str
    resolved_how: str
    times_raised: int
    version: int

    @staticmethod
    def of(row: Listed) -> "Alert":
        """The row as it is shown."""
        return Alert(
            stream=row.stream,
            account=row.account,
            zone=row.zone,
            state=row.state,
            kind=row.kind,
            subject=row.subject,
            severity=row.severity,
            message=row.message,
            citation=row.citation,
            remedy=row.remedy,
            act_by=row.act_by,
            about=row.about,
            quantity=row.quantity,
            raised_at=row.raised_at,
            changed_at=row.changed_at,
            resolved_how=row.resolved_how,
            times_raised=row.times_raised,
            version=row.through,
        )


class Alerts(BaseModel):
    """A page of alerts; `next` is the cursor of the following one, empty at the end."""

    alerts: list[Alert]
    next: str = ""


class Settlement(BaseModel):
    """What was done: for alerts that the law answers with an act of a person."""

    stream: str = Field(description="The alert's stream, as listed")
    account: str = Field(default="", description="The alert's account, as listed")
    how: str = Field(
        min_length=3, max_length=500, examples=["CBP 5931 filed on 2026-03-09, reference 26-0417"]
    )


def router(service: Service) -> APIRouter:
    """The routes of alerts."""
    routes = APIRouter(prefix="/v1/alerts", tags=["alerts"])
    rows = AlertList(service.ports.store)

    @routes.get("/alerts", summary="Alerts, by account and risk")
    async def listed(
        state: Annotated[Literal["open", "resolved", "all"], Query()] = "open",
        account: Annotated[str | None, Query(description="Only of this account")] = None,
        after: Annotated[str, Query(description="Cursor: `next` of the page before")] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Alerts:
        wanted = "" if state == "all" else state
        if account is None:
            found = await rows.everything(state=wanted, after=after, limit=limit)
        else:
            found = await rows.listed(accounts=[account], state=wanted, after=after, limit=limit)
        cursor = row_key(found[-1].account, found[-1].stream) if len(found) == limit else ""
        return Alerts(alerts=[Alert.of(row) for row in found], next=cursor)

    @routes.post("/settlements", status_code=201, summary="Say what was done about an alert")
    async def settle(body: Settlement, called: Called) -> JSONResponse:
        if not await rows.has(body.account, body.stream):
            raise not_found(
                f"an alert {body.stream!r} of account {body.account!r}",
                "take stream and account as `ftz alerts --json` lists them",
            )
        result = await service.command(
            RISK,
            body.stream,
            Settle(body.how),
            principal=called.principal,
            idempotency_key=called.idempotency_key,
            body_digest=called.body_digest,
            account=body.account,
        )
        return answer(result)

    _ = listed, settle
    return routes
