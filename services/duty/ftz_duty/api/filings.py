"""HTTP: the 3461 and 7501 of an entry as they were filed, as data and as CATAIR records."""

from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from ftz_common.contracts import table
from ftz_common.contracts.catair.entry import catair_of
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.filing import FilingRequested
from ftz_common.flow.service import Service
from ftz_common.values.period import said_period
from ftz_common.web.problem import Problem, not_found
from ftz_duty.api.command import Period
from ftz_duty.domain.goods_key import entry_stream


def filing_routes(routes: APIRouter, service: Service) -> None:
    """What was filed of an entry, each attempt as it left."""

    async def filings(zone: str, account: str, week: Period) -> dict[int, FilingRequested]:
        filed = table.BY_FACT["duty", FilingRequested].type
        stream = entry_stream(zone, account, week)
        commits = [unseal(stored) for stored in await service.ports.store.read({stream: 0})]
        found = [
            msgspec.json.decode(fact.data, type=FilingRequested)
            for commit in commits
            for fact in commit.facts
            if fact.type == filed
        ]
        if not found:
            raise not_found(
                f"a filing of the entry of {said_period(week)}", "GET /v1/duty/entries lists the entries"
            )
        return {filing.attempt: filing for filing in found}

    async def the(zone: str, account: str, week: Period, attempt: int) -> FilingRequested:
        found = await filings(zone, account, week)
        if attempt not in found:
            known = ", ".join(map(str, found))
            raise not_found(
                f"attempt {attempt} of the entry of {said_period(week)}", f"filed are attempts {known}"
            )
        return found[attempt]

    @routes.get("/entries/{zone}/{account}/{week}/filings", summary="Every 3461 and 7501 as it was filed")
    async def listed(zone: str, account: str, week: Period) -> dict[str, Any]:
        found = await filings(zone, account, week)
        return {"filings": [msgspec.to_builtins(filing) for filing in found.values()]}

    @routes.get(
        "/entries/{zone}/{account}/{week}/filings/{attempt}", summary="One 3461 or 7501 as it was filed"
    )
    async def one(zone: str, account: str, week: Period, attempt: int) -> dict[str, Any]:
        return msgspec.to_builtins(await the(zone, account, week, attempt))

    @routes.get(
        "/entries/{zone}/{account}/{week}/filings/{attempt}/catair",
        summary="Its CATAIR records: SE of a 3461, AE of a 7501; `draft` also when they are incomplete",
        response_class=PlainTextResponse,
    )
    async def catair(
        zone: str, account: str, week: Period, attempt: int, draft: bool = False
    ) -> PlainTextResponse:
        made = catair_of(await the(zone, account, week, attempt))
        if made.problems and not draft:
            raise Problem(
                409,
                "catair-incomplete",
                f"the records of attempt {attempt} are incomplete: {made.problems[0]}",
                remedy="bring what is missing (zone.yaml: site.zone_id, accounts[].importer_ior), or look at"
                " it with ?draft=true",
                citation="CATAIR AE, SE (docs/catair.md)",
                problems=[str(problem) for problem in made.problems],
            )
        return PlainTextResponse(made.text)

    _ = listed, one, catair
