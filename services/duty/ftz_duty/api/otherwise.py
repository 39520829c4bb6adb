"""HTTP of suppositions: the goods of an entry entered singly, on another day, in another status, outside."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from ftz_common.contracts.fact import Refusal
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.values.period import said_period
from ftz_common.web.problem import Problem, not_found
from ftz_duty.api.command import Period
from ftz_duty.domain.counterfactual import Otherwise
from ftz_duty.domain.fees import MpfBounds, bounds_of
from ftz_duty.usecases import ENTRY, UseCases
from ftz_duty.usecases.otherwise import AsItIs, compared, held_of, supposed


def otherwise_routes(routes: APIRouter, service: Service, cases: UseCases) -> None:
    """The question "what if" of an entry."""

    @routes.get(
        "/entries/{zone}/{account}/{week}/otherwise", summary="What the same goods would owe otherwise"
    )
    async def otherwise(
        *,
        zone: str,
        account: str,
        week: Period,
        entries: Annotated[
            Literal["together", "withdrawal", "shipment"],
            Query(description="One entry for all, one per withdrawal, or one per 214 they came under"),
        ] = "together",
        on: Annotated[date | None, Query(description="Entry date of all; default: each its removal")] = None,
        status: Annotated[Literal["", "N", "P"], Query(description="All goods in this status")] = "",
        pf_filed_on: Annotated[date | None, Query(description="With status P")] = None,
        fee_year: Annotated[int | None, Query(description="Fee table of another fiscal year")] = None,
        fee_least: Annotated[Decimal | None, Query(description="A least fee of your own")] = None,
        fee_most: Annotated[Decimal | None, Query(description="A most, with fee_least")] = None,
    ) -> dict[str, Any]:
        stream = stream_name("entry", zone, account, week)
        held = await held_of(service.ports.store, stream)
        goods = held.removed()
        if not goods:
            raise not_found(
                f"anything that left under an entry of zone {zone} for {account!r} in {said_period(week)}",
                "name its period; see /v1/duty/entries",
            )
        bounds = _bounds(fee_year, fee_least, fee_most)
        asked = Otherwise(
            entries=entries,
            on=on.isoformat() if on else "",
            status=status,
            pf_filed_on=pf_filed_on.isoformat() if pf_filed_on else "",
            bounds=bounds,
        )
        found = supposed(goods, asked, cases.library, cases.measures, account)
        _, state = await service.journal.state(ENTRY, stream)
        compiled = state.compiled
        if compiled is not None and bounds is None:
            actual = AsItIs(len(compiled.documents), compiled.duty, compiled.mpf)
        else:
            day = compiled.entry_date if compiled is not None else min(item.removed_on for item in goods)
            together = Otherwise(on=day, bounds=bounds)
            actual = supposed(goods, together, cases.library, cases.measures, account)
        return {"entry": stream, **compared(found, actual)}

    _ = otherwise


def _bounds(year: int | None, least: Decimal | None, most: Decimal | None) -> MpfBounds | None:
    if (least is None) != (most is None):
        raise Problem(
            422,
            "fee-table",
            "a fee table has a least and a most",
            remedy="give both, or fee_year",
            place="fee_least" if least is None else "fee_most",
        )
    if least is not None and most is not None:
        return MpfBounds(0, least, most, "as asked")
    if year is None:
        return None
    found = bounds_of(year)
    if isinstance(found, Refusal):
        raise Problem.of(found, 422)
    return found
