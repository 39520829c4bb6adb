"""HTTP: how estimates were reckoned, and a person's confirmation."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.web.caller import Called
from ftz_common.web.problem import not_found
from ftz_duty.api.command import command
from ftz_duty.api.removals import Quantity, Who
from ftz_duty.domain.estimate_confirm import ConfirmEstimate
from ftz_duty.domain.estimate_state import EstimatorState
from ftz_duty.domain.goods_key import estimator_stream
from ftz_duty.usecases import ESTIMATES


class Confirmation(BaseModel):
    """A person confirms a draft, as it is or with other quantities."""

    draft: int = Field(ge=1, description="The draft that was looked at")
    who: Who
    why: str = Field("", max_length=2000, description="For the record")
    quantities: dict[str, Quantity] = Field(
        default_factory=dict,
        max_length=5000,
        description="By number/status/origin/unit, in place of the draft's; 0 leaves the goods out",
    )


def estimate_routes(routes: APIRouter, service: Service) -> None:
    """The routes of estimates."""

    async def estimator(zone: str, account: str) -> tuple[int, EstimatorState]:
        version, state = await service.journal.state(ESTIMATES, estimator_stream(zone, account))
        if version == 0:
            raise not_found(
                f"an estimate of zone {zone} for {account!r}", "estimates begin with the first goods admitted"
            )
        return version, state

    @routes.get("/estimates/{zone}/{account}", summary="How an account's estimates are looked after")
    async def shown(zone: str, account: str) -> JSONResponse:
        version, state = await estimator(zone, account)
        body: dict[str, Any] = {
            "policy": msgspec.to_builtins(state.settings.policy) if state.settings else {},
            "next_week": state.next_week,
            "weeks": [{"week": week, **_week(state, week)} for week in sorted({*state.made, *state.drafts})],
            "history": {week: msgspec.to_builtins(state.history[week]) for week in sorted(state.history)},
        }
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    @routes.get(
        "/estimates/{zone}/{account}/{week}", summary="What a week's estimate was reckoned from, line by line"
    )
    async def one(zone: str, account: str, week: date) -> JSONResponse:
        version, state = await estimator(zone, account)
        key = week.isoformat()
        if key not in state.made and key not in state.drafts:
            raise not_found(f"an estimate of the week of {week}", "GET the account's estimates for its weeks")
        draft = state.drafts.get(key)
        body = {
            "week": key,
            **_week(state, key),
            "reasons": msgspec.to_builtins(draft.reasons if draft else []),
        }
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    @routes.post(
        "/estimates/{zone}/{account}/{week}/confirmations",
        status_code=201,
        summary="Confirm a reckoned estimate: it is filed",
    )
    async def confirm(
        zone: str, account: str, week: date, body: Confirmation, called: Called
    ) -> JSONResponse:
        asked = ConfirmEstimate(
            week=week.isoformat(),
            draft=body.draft,
            who=body.who,
            why=body.why,
            quantities={key: Decimal(quantity) for key, quantity in body.quantities.items()},
        )
        return await command(
            service, To(ESTIMATES, estimator_stream(zone, account), asked, account, zone), called
        )

    _ = shown, one, confirm


def _week(state: EstimatorState, week: str) -> dict[str, Any]:
    draft = state.drafts.get(week)
    return {
        "filed": week in state.made,
        "draft": draft.number if draft else 0,
        "waits_for_a_person": bool(draft and draft.open),
        "basis": draft.basis if draft else "everything foreign on hand",
        "asked": msgspec.to_builtins(state.asked.get(week, {})),
    }
