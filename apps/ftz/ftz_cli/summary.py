"""What a person should know when a run is over: admitted, refused, balances, owed, alerts, open decisions."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from rich.rule import Rule

from ftz_cli.client import ask
from ftz_cli.screen import out, print_json, table
from ftz_cli.world import World
from ftz_reporting.domain.viewed import Answered
from ftz_reporting.views import tables
from ftz_reporting.views.archive import Archive

#: Rows that a section shows; the rest is counted, and listed at the address that the section names.
ROWS_MAX = 12
PAGE = 1000


@dataclass
class Section:
    """A table of the summary. `where` lists all of it."""

    title: str
    columns: list[str]
    rows: list[list[Any]]
    where: str
    notes: list[str] = field(default_factory=list[str])
    right: list[str] = field(default_factory=list[str])


async def summarise(world: World, app: FastAPI, *, as_json: bool = False) -> None:
    """Print the summary of a world."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ftz", timeout=60) as client:
        zones = (await ask(client, "GET", "/v1/admissions/zones"))["zones"]
        sections = [
            await _admissions(client),
            await _answers(world),
            await _balances(client),
            await _entries(client),
            await _alerts(client),
            await _decisions(client, zones),
        ]
    if as_json:
        named = [{"zone": z["zone"], "name": z["name"]} for z in zones]
        print_json({"zones": named, "sections": [asdict(section) for section in sections]})
    elif not zones:
        out.print("No zone yet: `ftz zone apply FILE` (an example: samples/home-goods/zone.yaml)")
    else:
        out.print(Rule(", ".join(f"Zone {z['zone']} – {z['name']}" for z in zones), align="left"))
        for section in sections:
            _show(section)


def _show(section: Section) -> None:
    if section.rows:
        table(section.title, section.columns, section.rows[:ROWS_MAX], right=section.right)
    else:
        out.print(f"[bold]{section.title}[/bold]: none\n")
    left = len(section.rows) - ROWS_MAX
    if left > 0:
        out.print(f"    [dim]and {left} more: {section.where}[/dim]\n")
    for note in section.notes:
        out.print(f"    [dim]{note}[/dim]")
    if section.notes:
        out.print()


async def _admissions(client: httpx.AsyncClient) -> Section:
    rows = (await ask(client, "GET", "/v1/reporting/admissions", params={"limit": PAGE}))["rows"]
    cells = [[r["shipment"], r["account"], r["number"], r["state"], r["note"]] for r in rows]
    columns = ["shipment", "account", "214", "state", "note"]
    return Section("Admitted (CBP 214)", columns, cells, "/v1/reporting/admissions")


async def _answers(world: World) -> Section:
    """Every answer to the platforms' events, and what was refused."""
    results: Counter[str] = Counter()
    refused: Counter[tuple[str, str, str]] = Counter()
    archive = Archive(world.service("reporting").ports.store)
    async for row in archive.rows(tables.VIEWS, "outcomes/"):
        answered = tables.viewed(row.body)
        if isinstance(answered, Answered):
            results[answered.result] += 1
            if answered.result == "refused":
                refused[
                    answered.code, answered.event_type.removeprefix("ftz.platform."), answered.remedy
                ] += 1
    said = ", ".join(f"{count} {result}" for result, count in sorted(results.items()))
    cells = [[count, code, kind, remedy] for (code, kind, remedy), count in sorted(refused.items())]
    columns = ["refused", "code", "event", "what to do"]
    where = "/v1/reporting/outcomes/{source}/{event}"
    return Section(f"Answers to events ({said or 'none'}); refused", columns, cells, where, right=["refused"])


async def _balances(client: httpx.AsyncClient) -> Section:
    rows = (await ask(client, "GET", "/v1/reporting/stock"))["rows"]
    columns = [name for name in (rows[0] if rows else {}) if name not in ("zone", "site")]
    cells = [[row[name] for name in columns] for row in rows]
    numbers = ["layers", "quantity", "value_usd"]
    return Section("Balances", columns, cells, "/v1/reporting/stock", right=numbers)


async def _entries(client: httpx.AsyncClient) -> Section:
    rows = (await ask(client, "GET", "/v1/reporting/entries", params={"limit": PAGE}))["rows"]
    cells: list[list[Any]] = []
    covers: set[str] = set()
    for row in rows:
        sheet = await ask(client, "GET", f"/v1/duty/entries/{row['zone']}/{row['account']}/{row['week']}")
        summary = sheet["summary"] or {}
        if summary:
            covers.add(f"covers: {summary['covers']}")
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
    where = "/v1/reporting/entries"
    return Section("Owed, by weekly entry (USD)", columns, cells, where, sorted(covers), columns[4:])


async def _alerts(client: httpx.AsyncClient) -> Section:
    found = (await ask(client, "GET", "/v1/alerts/alerts", params={"limit": PAGE}))["alerts"]
    cells = [[a["kind"], a["severity"], a["message"], a["act_by"]] for a in found]
    columns = ["kind", "severity", "what", "act by"]
    return Section(f"Alerts ({len(found)} open)", columns, cells, "ftz alerts")


async def _decisions(client: httpx.AsyncClient, zones: list[dict[str, Any]]) -> Section:
    cells: list[list[Any]] = []
    for zone in zones:
        for account in zone["accounts"]:
            params = {"account": account["id"], "limit": PAGE}
            parts = (await ask(client, "GET", "/v1/classification/reviews", params=params))["parts"]
            cells.extend([account["id"], p["uin"], p.get("description", "")] for p in parts)
    title = f"To be decided by a licensed person ({len(cells)})"
    return Section(title, ["account", "part", "description"], cells, "/v1/classification/reviews")
