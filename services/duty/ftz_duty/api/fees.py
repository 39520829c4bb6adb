"""HTTP of the harbor maintenance fee: an applicant's quarter as the data of CBP Form 349, and its payment."""

from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Called
from ftz_common.web.problem import not_found
from ftz_duty.api.command import command
from ftz_duty.domain.harbor_fee import quarter_of
from ftz_duty.domain.harbor_quarter import PayHarborFee, shown
from ftz_duty.usecases import HARBOR


class Payment(BaseModel):
    """What was paid on the form."""

    amount: Decimal = Field(gt=0, max_digits=18, decimal_places=2, description="USD")
    paid_on: date
    reference: str = Field(min_length=1, max_length=200, description="Number of the payment")
    who: str = Field(min_length=1, max_length=200)


def fee_routes(routes: APIRouter, service: Service) -> None:
    """The routes under /v1/duty/harbor-fees."""

    def stream_of(zone: str, applicant: str, on: date) -> str:
        first, _ = quarter_of(on)
        return stream_name("harbor", zone, applicant, first.isoformat())

    @routes.get(
        "/harbor-fees/{zone}/{applicant}/{on}", summary="The quarter that holds a day, as CBP Form 349"
    )
    async def quarter(zone: str, applicant: str, on: date) -> dict[str, Any]:
        version, state = await service.journal.state(HARBOR, stream_of(zone, applicant, on))
        if version == 0:
            raise not_found(
                f"cargo that came by vessel to zone {zone} for {applicant!r} in the quarter of {on}",
                "name a day of the quarter of unlading and the applicant for admission",
            )
        return {"version": version, **shown(state)}

    @routes.post(
        "/harbor-fees/{zone}/{applicant}/{on}/payments", status_code=201, summary="The form is filed and paid"
    )
    async def pay(zone: str, applicant: str, on: date, body: Payment, called: Called) -> JSONResponse:
        asked = PayHarborFee(body.amount, body.paid_on.isoformat(), body.reference, body.who)
        return await command(service, To(HARBOR, stream_of(zone, applicant, on), asked, "", zone), called)

    _ = quarter, pay
