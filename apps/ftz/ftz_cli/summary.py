"""What a person should know when a run is over: admitted, refused, balances, owed, alerts, open decisions."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import FastAPI
from rich.rule import Rule

from ftz_cli.client import ask
from ftz_cli.screen import counted, out, print_json, table
from ftz_cli.world import World
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.contracts.table import decoder
from ftz_common.values.names import stream_parts
from ftz_reporting.domain.viewed import Answered
from ftz_reporting.views import tables
from ftz_reporting.views.archive import Archive

#: Rows that a section shows; the rest is counted, and listed at the address that the section names.
ROWS_MAX = 12
#: Subjects of one kind of event that are named; more are only counted.
NAMED_MAX = 3
#: The answers that an event can get, but for a refusal.
RESULTS = ("accepted", "waiting", "suspended")
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
    whole: list[str] = field(default_factory=list[str])
    gap: int = 2


async def summarise(world: World, app: FastAPI, *, as_json: bool = False) -> None:
    """Print the summary of a world."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ftz", timeout=60) as client:
        zones = (await ask(client, "GET", "/v1/admissions/zones"))["zones"]
        alerts = (await ask(client, "GET", "/v1/alerts/alerts", params={"limit": PAGE, "state": "all"}))[
            "alerts"
        ]
        sections = [
            await _admissions(world, client, alerts),
            *await _answers(world),
            await _balances(client),
            await _entries(client),
            _alerts(alerts),
            _resolved(alerts),
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
        table(
            section.title,
            section.columns,
            section.rows[:ROWS_MAX],
            right=section.right,
            whole=section.whole,
            gap=section.gap,
        )
    else:
        out.print(f"[bold]{section.title}[/bold]: none\n")
    left = len(section.rows) - ROWS_MAX
    if left > 0:
        out.print(f"    [dim]and {left} more: {section.where}[/dim]\n")
    for note in section.notes:
        out.print(f"    [dim]{note}[/dim]")
    if section.notes:
        out.print()


async def _admissions(world: World, client: httpx.AsyncClient, alerts: list[dict[str, Any]]) -> Section:
    """Every 214; those that something befell come first, with what it was."""
    answer = await ask(client, "GET", "/v1/reporting/admissions", params={"limit": PAGE})
    rows: list[dict[str, str]] = answer["rows"]
    befell: dict[str, list[str]] = {}
    for alert in alerts:
        state = "" if alert["state"] == "open" else f" ({alert['state']})"
        befell.setdefault(alert["about"], []).append(alert["kind"] + state)
    for stream, answers in (await _answers_of_cbp(world)).items():
        if answers > 1:
            befell.setdefault(stream, []).append(f"answered {counted(answers, 'time')}")
    notes = [", ".join(dict.fromkeys(befell.get(row["stream"], []))) or row["note"] for row in rows]
    cells = [
        [r["shipment"], r["account"], r["number"], r["state"], note]
        for note, r in sorted(zip(notes, rows, strict=True), key=lambda pair: not pair[0])
    ]
    columns = ["shipment", "account", "214", "state", "note"]
    return Section(f"Admitted (CBP 214): {len(rows)}", columns, cells, "/v1/reporting/admissions")


async def _answers_of_cbp(world: World) -> Counter[str]:
    """How often one attempt was answered, at most, by the stream that filed it."""
    attempts: Counter[tuple[str, int]] = Counter()
    async for stored in world.service("cbp").ports.store.commits("filing/"):
        for recorded in unseal(stored).facts:
            fact = decoder(recorded.type).decode(recorded.data)
            if isinstance(fact, FilingAnswered):
                attempts[fact.to, fact.attempt] += 1
    most: Counter[str] = Counter()
    for (stream, _), answers in attempts.items():
        most[stream] = max(most[stream], answers)
    return most


async def _answers(world: World) -> list[Section]:
    """Every answer to the platforms' events, by kind of event, and what was refused."""
    answers: dict[str, list[Answered]] = {}
    archive = Archive(world.service("reporting").ports.store)
    async for row in archive.rows(tables.VIEWS, "outcomes/"):
        answered = tables.viewed(row.body)
        if isinstance(answered, Answered):
            kind = answered.event_type.removeprefix("ftz.platform.").removesuffix(".v1")
            answers.setdefault(kind, []).append(answered)
    where = "/v1/reporting/outcomes/{source}/{event}"
    kinds = [_answered(kind, found) for kind, found in sorted(answers.items())]
    refused = Counter(
        (kind, a.code, a.remedy) for kind, found in answers.items() for a in found if a.result == "refused"
    )
    cells = [[kind, code, count, remedy] for (kind, code, remedy), count in sorted(refused.items())]
    return [
        Section("Events taken", ["event", *RESULTS, "of"], kinds, where, right=[*RESULTS]),
        Section("Events refused", ["event", "code", "times", "what to do"], cells, where, right=["times"]),
    ]


def _answered(kind: str, found: list[Answered]) -> list[Any]:
    """How often each answer was given; a kind that is rare is listed by name."""
    results = Counter(answered.result for answered in found)
    about = sorted({stream_parts(answered.subject)[-1] for answered in found if answered.result != "refused"})
    return [
        kind,
        *(results[name] or "" for name in RESULTS),
        ", ".join(about) if len(about) <= NAMED_MAX else "",
    ]


async def _balances(client: httpx.AsyncClient) -> Section:
    rows: list[dict[str, Any]] = (await ask(client, "GET", "/v1/reporting/stock"))["rows"]
    columns = [name for name in (rows[0] if rows else {}) if name not in ("zone", "site")]
    cells = [[_usd(row[name]) if name == "value_usd" else row[name] for name in columns] for row in rows]
    numbers = ["layers", "quantity", "value_usd"]
    return Section("Balances", columns, cells, "/v1/reporting/stock", right=numbers)


async def _entries(client: httpx.AsyncClient) -> Section:
    rows = (await ask(client, "GET", "/v1/reporting/entries", params={"limit": PAGE}))["rows"]
    cells: list[list[Any]] = []
    covers: set[str] = set()
    for row in rows:
        sheet = await ask(
            client, "GET", f"/v1/duty/entries/{row['zone']}/{row['account']}/{quote(row['week'], safe='')}"
        )
        summary: dict[str, Any] = sheet["summary"] or {}
        if summary:
            covers.add(f"covers: {summary['covers']}")
        cells.append(
            [
                row["week"],
                row["account"],
                row["number"],
                row["state"],
                len(sheet["lines"]) or "",
                *(summary.get(name, "") for name in ("entered_value", "duty", "mpf", "owed")),
                summary.get("unpriced") or "",
            ]
        )
    columns = ["week of", "account", "entry", "state", "lines", "value", "duty", "MPF", "owed", "unpriced"]
    title = "Owed, by weekly entry (USD; not known while a line has no duty figure)"
    where = "/v1/reporting/entries"
    return Section(title, columns, cells, where, sorted(covers), columns[4:], columns[:3], gap=1)


def _usd(amount: str) -> str:
    """An exact amount with cents; what is finer than a cent stays."""
    value = Decimal(amount)
    return f"{value:.2f}" if value == round(value, 2) else amount


def _alerts(alerts: list[dict[str, Any]]) -> Section:
    found = [a for a in alerts if a["state"] == "open"]
    cells = [[a["kind"], a["severity"], a["message"], a["act_by"]] for a in found]
    columns = ["kind", "severity", "what", "act by"]
    return Section(f"Alerts ({len(found)} open)", columns, cells, "ftz alerts", whole=columns[:2])


def _resolved(alerts: list[dict[str, Any]]) -> Section:
    found = [a for a in alerts if a["state"] != "open"]
    cells = [[a["kind"], f"{a['message']} {a['state']}: {a['resolved_how']}"] for a in found]
    return Section(
        f"Alerts cured ({len(found)})", ["kind", "what"], cells, "ftz alerts --all", whole=["kind"]
    )


async def _decisions(client: httpx.AsyncClient, zones: list[dict[str, Any]]) -> Section:
    cells: list[list[Any]] = []
    for zone in zones:
        for account in zone["accounts"]:
            params = {"account": account["id"], "limit": PAGE}
            parts = (await ask(client, "GET", "/v1/classification/reviews", params=params))["parts"]
            cells.extend([account["id"], p["uin"], p.get("description", "")] for p in parts)
    title = f"To be decided by a licensed person ({len(cells)})"
    return Section(title, ["account", "part", "description"], cells, "/v1/classification/reviews")
