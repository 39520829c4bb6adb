"""What a person should know when a run is over: admitted, refused, balances, owed, alerts, open decisions."""

from collections import Counter
from typing import Any

import httpx
from fastapi import FastAPI
from rich.rule import Rule

from ftz_cli.client import ask
from ftz_cli.screen import out, table
from ftz_cli.world import World
from ftz_reporting.domain.viewed import Answered
from ftz_reporting.views import tables
from ftz_reporting.views.archive import Archive

#: Rows of a section; the rest is counted, and listed by the command that the section names.
ROWS_MAX = 12


async def summarise(world: World, app: FastAPI) -> None:
    """Print the summary of a world."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://ftz", timeout=60
    ) as client:
        zones = (await ask(client, "GET", "/v1/admissions/zones"))["zones"]
        if not zones:
            out.print("No zone yet: `ftz zone apply FILE` (an example: samples/home-goods/zone.yaml)")
            return
        out.print(Rule(", ".join(f"Zone {z['zone']} – {z['name']}" for z in zones), align="left"))
        await _admissions(client)
        await _answers(world)
        await _balances(client)
        await _entries(client)
        await _alerts(client)
        await _decisions(client, zones)


async def _admissions(client: httpx.AsyncClient) -> None:
    rows = (await ask(client, "GET", "/v1/reporting/admissions", params={"limit": 1000}))["rows"]
    cells = [[r["shipment"], r["account"], r["number"], r["state"], r["note"]] for r in rows]
    _some(
        "Admitted (CBP 214)",
        ["shipment", "account", "214", "state", "note"],
        cells,
        "/v1/reporting/admissions",
    )


async def _answers(world: World) -> None:
    """Every answer to the platforms' events, and what was refused."""
    results: Counter[str] = Counter()
    refused: Counter[tuple[str, str, str]] = Counter()
    archive = Archive(world.service("reporting").ports.store)
    async for row in archive.rows(tables.VIEWS, "outcomes/"):
        answered = tables.viewed(row.body)
        if isinstance(answered, Answered):
            results[answered.result] += 1
            if answered.result == "refused":
                refused[answered.code, answered.event_type.split(".", 2)[-1], answered.remedy] += 1
    said = ", ".join(f"{count} {result}" for result, count in sorted(results.items()))
    cells = [[count, code, kind, remedy] for (code, kind, remedy), count in sorted(refused.items())]
    _some(
        f"Answers to events: {said}; refused:",
        ["events", "code", "event", "what to do"],
        cells,
        "ftz quarantine",
    )


async def _balances(client: httpx.AsyncClient) -> None:
    sheet = await ask(client, "GET", "/v1/reporting/stock")
    rows = sheet["rows"]
    if not rows:
        out.print("[bold]Balances:[/bold] nothing in the zone\n")
        return
    columns = [name for name in rows[0] if name not in ("zone", "site")]
    _some("Balances", columns, [[row[name] for name in columns] for row in rows], "/v1/reporting/stock")


async def _entries(client: httpx.AsyncClient) -> None:
    rows = (await ask(client, "GET", "/v1/reporting/entries", params={"limit": 1000}))["rows"]
    cells: list[list[Any]] = []
    covers: set[str] = set()
    for row in rows:
        path = f"/v1/duty/entries/{row['zone']}/{row['account']}/{row['week']}"
        sheet = await ask(client, "GET", path)
        summary = sheet["summary"] or {}
        if summary:
            covers.add(summary["covers"])
        cells.append(
            [
                row["week"],
                row["account"],
                row["number"],
                row["state"],
                len(sheet["lines"]) or "",
                *(summary.get(name, "") for name in ("entered_value", "duty", "mpf", "total")),
                summary.get("unpriced") or "",
            ]
        )
    columns = ["week of", "account", "entry", "state", "lines", "value", "duty", "MPF", "owed", "not priced"]
    _some("Owed, by weekly entry (USD)", columns, cells, "/v1/reporting/entries", right=columns[4:])
    for cover in sorted(covers):
        out.print(f"    [dim]covers:[/dim] {cover}")
    if covers:
        out.print()


async def _alerts(client: httpx.AsyncClient) -> None:
    found = (await ask(client, "GET", "/v1/alerts/alerts", params={"limit": 1000}))["alerts"]
    cells = [[a["kind"], a["severity"], a["message"], a["act_by"]] for a in found]
    _some(f"Alerts ({len(found)} open)", ["kind", "severity", "what", "act by"], cells, "ftz alerts")


async def _decisions(client: httpx.AsyncClient, zones: list[dict[str, Any]]) -> None:
    cells: list[list[Any]] = []
    for zone in zones:
        for account in zone["accounts"]:
            params = {"account": account["id"], "limit": 1000}
            parts = (await ask(client, "GET", "/v1/classification/reviews", params=params))["parts"]
            cells.extend([account["id"], p["uin"], p.get("description", "")] for p in parts)
    _some(
        f"To be decided by a licensed person ({len(cells)})",
        ["account", "part", "description"],
        cells,
        "/v1/classification/reviews",
    )


def _some(
    title: str, columns: list[str], cells: list[list[Any]], where: str, *, right: list[str] | None = None
) -> None:
    if not cells:
        out.print(f"[bold]{title}[/bold] none\n")
        return
    table(title, columns, cells[:ROWS_MAX], right=right or ())
    if len(cells) > ROWS_MAX:
        out.print(f"    [dim]and {len(cells) - ROWS_MAX} more: {where}[/dim]\n")
