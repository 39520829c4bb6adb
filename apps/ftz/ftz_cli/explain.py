"""`ftz explain`: each cent of an entry back to layer, revision, measure, rule and citation."""

from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer
from rich.tree import Tree

from ftz_cli.client import ask, reach, run_async
from ftz_cli.operate import AsJson
from ftz_cli.screen import Failure, guarded, out, print_json
from ftz_common.settings import Settings, told

#: Layers of an amount that a terminal shows.
SHOWN_MAX = 10


@guarded
def explain(
    entry: Annotated[
        str,
        typer.Argument(
            help="Entry number, zone/account/first day of the week, or account/issuer/order/parcel"
        ),
    ],
    line: Annotated[int | None, typer.Argument(min=1, help="One line; default: all")] = None,
    as_json: AsJson = False,
) -> None:
    """Explain an entry or a line of it: dates, rates, measures and layers, each with its rule.

    A parcel for Canada or Mexico (entry type 08) is named account/issuer/order/parcel.

    Example: ftz explain 999/acme/2026-03-01 1
    """
    settings = told(Settings)

    async def work() -> Any:
        async with reach(settings) as client:
            if (parcel := entry.removeprefix("deferral/").split("/"))[3:]:
                where = "/".join(quote(part, safe="%") for part in parcel)
                found = await ask(client, "GET", f"/v1/duty/deferrals/{where}/explanation")
            else:
                where = await place(client, entry.removeprefix("entry/"))
                params = {} if line is None else {"line": line}
                found = await ask(client, "GET", f"/v1/duty/entries/{where}/explanation", params=params)
            return {**found, "values": await values(client, found)}

    found = run_async(work)
    if as_json:
        print_json(found)
    else:
        out.print(_tree(found))


async def values(client: httpx.AsyncClient, found: dict[str, Any]) -> dict[str, list[str]]:
    """How the values of the 214 lines behind it came about, step by step, where they were reckoned here.

    At most as many 214 lines as a terminal shows; `ftz trace` of a shipment has them all.
    """
    shares = [s for n in found["lines"] for amount in n["amounts"] for s in amount["layers"]]
    named = list(dict.fromkeys(s["admission"] for s in shares if ", line " in s["admission"]))
    steps: dict[str, list[str]] = {}
    for name in named[:SHOWN_MAX]:
        number, _, of_line = name.removeprefix("214 ").rpartition(", line ")
        traced = await client.get("/v1/reporting/trace", params={"name": number})
        story = traced.json().get("story") if traced.status_code == httpx.codes.OK else None
        label = f"value of line {of_line}"
        told = [t for k, t in _details(story, f"214 {number}") if k == label or k.startswith(f"{label}, ")]
        if told:
            steps[name] = told
    return steps


def _details(node: dict[str, Any] | None, title: str) -> list[tuple[str, str]]:
    """The details of the first node of a story whose title begins so."""
    if node is None:
        return []
    if node["title"].startswith(title):
        return list(node["details"].items())
    return next((found for child in node["children"] if (found := _details(child, title))), [])


async def place(client: httpx.AsyncClient, entry: str) -> str:
    """zone/account/week of an entry, by its stream or its number."""
    parts = entry.split("/")
    if len(parts) == 3:
        return "/".join(quote(part, safe="%") for part in parts)
    for zone in (await ask(client, "GET", "/v1/admissions/zones"))["zones"]:
        for account in zone["accounts"]:
            after = ""
            while after is not None:
                params = {"zone": zone["zone"], "account": account["id"], "after": after}
                page = await ask(client, "GET", "/v1/duty/entries", params=params)
                for row in page["entries"]:
                    if row["number"] and row["number"] == entry:
                        return row["stream"].removeprefix("entry/")
                after = page["next"]
    raise Failure(
        "no-such-entry",
        f"no entry has the number {entry!r}",
        "name it zone/account/first day of its week, or see GET /v1/duty/entries",
    )


def _tree(found: dict[str, Any]) -> Tree:
    dated = found["entry_date"]
    tree = Tree(f"[bold]{_plain(found['entry'])}[/bold] {found['number']} [dim]{found['phase']}[/dim]")
    tree.add(f"entry date {dated['date'] or 'none'}  [dim]{_plain(dated['rule'])}[/dim]")
    if found["fee"] is not None:
        fee = found["fee"]
        told = f"MPF ${fee['mpf']} on ${fee['on']}, FY{fee['fee_year']}  [dim]{_plain(fee['rule'])}[/dim]"
        branch = tree.add(told)
        for document in fee["of"].split(", ") if "," in fee["of"] else ():
            branch.add(_plain(document))
    for line in found["lines"]:
        _line(tree, line)
    for done in found["corrected"]:
        _correction(tree, done)
    for name, steps in found["values"].items():
        part = tree.add(f"{_plain(name)}: {_plain(steps[0])}  [dim]19 CFR 146.65(b)[/dim]")
        for step in steps[1:]:
            part.add(f"[dim]{_plain(step)}[/dim]")
    if waiver := found.get("waiver"):
        part = tree.add(f"${waiver['waived']} waived: {_plain(waiver['how'])}")
        part.add(f"[dim]{_plain(waiver['rule'])}; {_plain(waiver['source'])}[/dim]")
    if found["summary"] is not None:
        summary = found["summary"]
        tree.add(f"total ${summary['total']}: {_plain(summary['covers'])}")
        for note in summary["not_evaluated"]:
            tree.add(f"[yellow]not evaluated:[/yellow] {_plain(note)}")
    return tree


def _correction(tree: Tree, done: dict[str, Any]) -> None:
    owed = f"to pay ${done['to_pay']}" if done["to_claim"] == "0.00" else f"to claim ${done['to_claim']}"
    why = f"{done['why']} ({done['who']}); {done['rule']}"
    node = tree.add(f"[bold]correction {done['correction']}[/bold]: {owed}  [dim]{_plain(why)}[/dim]")
    for one in done["entries"]:
        figures = ", ".join(
            f"{name.replace('_', ' ')} ${one[name]['before']} → ${one[name]['after']}"
            for name in ("entered_value", "duty", "mpf")
        )
        node.add(f"{_plain(one['entry_number'])}: {figures}")


def _line(tree: Tree, line: dict[str, Any]) -> None:
    owed = f"${line['duty']}" if line["duty"] is not None else f"no figure: {line['not_priced']}"
    node = tree.add(f"[bold]line {line['line']}[/bold] {line['number']} of {line['origin']}: {_plain(owed)}")
    node.add(f"status {line['status']}  [dim]{_plain(line['status_rule'])}[/dim]")
    node.add(f"{line['quantity']}, ${line['entered_value']}  [dim]{_plain(line['value_rule'])}[/dim]")
    for amount in line["amounts"]:
        part = node.add(f"${amount['duty']} {_plain(amount['what'])}")
        part.add(f"{_plain(amount['how'])}  [dim]{_plain(amount['rule'])}; {_plain(amount['source'])}[/dim]")
        for share in amount["layers"][:SHOWN_MAX]:
            worth = f"{share['quantity']}, ${share['value']}, duty ${share['duty']}"
            part.add(f"[dim]{_plain(share['admission'] or share['layer'])}: {worth}[/dim]")
        if len(amount["layers"]) > SHOWN_MAX:
            part.add(f"[dim]and {len(amount['layers']) - SHOWN_MAX} more layers: --json has all[/dim]")
    for left in line["not_owed"]:
        node.add(
            f"{_plain(left['heading'])} {left['measure']}: {left['result']}  [dim]{_plain(left['why'])}[/dim]"
        )
    if not line["adds_up"]:
        node.add("[red]the amounts do not add up to the line: run ftz verify[/red]")


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
