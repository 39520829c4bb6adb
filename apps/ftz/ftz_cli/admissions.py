"""Verbs of admissions: 214s, their papers, the files that an operator keeps, what a person answers for."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from ftz_cli.operate import AsJson, get, send
from ftz_cli.screen import DIFFERENT, counted, guarded, out, print_json, table

admissions_app = typer.Typer(
    no_args_is_help=True, help="214s: what came, under which number, with which papers."
)

Account = Annotated[str, typer.Option(help="The zone's account")]
Shipment = Annotated[str, typer.Argument(help="account/issuer/shipment, such as home/shop/S-1")]


def _address(shipment: str, rest: str = "") -> str:
    account, _, more = shipment.partition("/")
    issuer, _, number = more.partition("/")
    if not number:
        raise typer.BadParameter("say account/issuer/shipment, such as home/shop/S-1")
    path = "/".join(quote(part, safe="") for part in (account, issuer, number))
    return f"/v1/admissions/{path}{rest}"


@admissions_app.command("list")
@guarded
def listed(account: Account, as_json: AsJson = False) -> None:
    """List an account's 214s: number, type, phase, what holds them, which clocks run.

    Example: ftz admissions list --account home
    """
    rows: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = get("/v1/admissions", account=account, after=after, limit=1000)
        rows += page["admissions"]
        after = page["next"]
    if as_json:
        print_json({"admissions": rows})
        return
    cells = [
        [
            r["number"] or "-",
            r["admission_type"],
            r["shipment"],
            r["phase"],
            "\n".join(r["holds"] + r["clocks"]),
        ]
        for r in rows
    ]
    table(
        counted(len(rows), "admission"),
        ["number", "type", "shipment", "phase", "holds and clocks"],
        cells,
    )


@admissions_app.command("documents")
@guarded
def documents(shipment: Shipment, as_json: AsJson = False) -> None:
    """The document set of a 214, or what is missing and by which rule. Exit code 1 if something is.

    Example: ftz admissions documents home/shop/S-1
    """
    answer = get(_address(shipment, "/documents"))
    if as_json:
        print_json(answer)
    else:
        rows = [
            [p["name"], "yes" if p["complete"] else f"missing: {p['missing']}", p["citation"]]
            for p in answer["papers"]
        ]
        table(f"214 {answer['number'] or 'without number'}", ["paper", "there", "rule"], rows)
    if not answer["complete"]:
        raise typer.Exit(DIFFERENT)


@admissions_app.command("numbers")
@guarded
def numbers(
    zone: Annotated[str, typer.Argument(help="Zone number")],
    year: Annotated[str, typer.Argument(help="Two digits")],
    deposits: Annotated[bool, typer.Option("--deposits", help="The series of temporary deposits")] = False,
    as_json: AsJson = False,
) -> None:
    """214s in sequence; a number that CBP never had is named, with the reason. Exit code 1 if one has none.

    Example: ftz admissions numbers 999 26
    """
    answer = get(f"/v1/admissions/numbers/{quote(zone)}/{quote(year)}", kind="214-T" if deposits else "214")
    if as_json:
        print_json(answer)
    else:
        rows = [[str(n["number"]), n["shipment"], n["phase"], n["why"]] for n in answer["numbers"]]
        table(
            f"{counted(answer['last'], 'number')} of {zone}-{year}",
            ["number", "shipment", "phase", "why"],
            rows,
        )
    if answer["unexplained"]:
        raise typer.Exit(DIFFERENT)


@admissions_app.command("suspense")
@guarded
def suspense(account: Account, as_json: AsJson = False) -> None:
    """Goods that are here and are no stock: counted without announcement, or in temporary deposit.

    Example: ftz admissions suspense --account home
    """
    answer = get("/v1/admissions/suspense", account=account)
    if as_json:
        print_json(answer)
        return
    rows = [[s["shipment"], s["why"], s["since"][:16], ", ".join(s["receipts"])] for s in answer["suspense"]]
    table(f"{len(rows)} in suspense", ["shipment", "why", "since", "counts"], rows)


@admissions_app.command("open-manifests")
@guarded
def open_manifests(account: Account, as_json: AsJson = False) -> None:
    """Shipments that arrived and are not wholly admitted, oldest first (19 CFR 146.40(a)(6)).

    Example: ftz admissions open-manifests --account home
    """
    answer = get("/v1/admissions/open-manifests", account=account)
    if as_json:
        print_json(answer)
        return
    rows = [[m["arrived_at"][:16], m["shipment"], m["number"], m["it_number"]] for m in answer["manifests"]]
    table(f"{len(rows)} open manifests", ["arrived", "shipment", "214", "I.T. number"], rows)


@admissions_app.command("daily")
@guarded
def daily(
    zone: Annotated[str, typer.Argument(help="Zone number")],
    day: Annotated[str, typer.Argument(help="The business day: YYYY-MM-DD")],
    account: Account,
    part: Annotated[int, typer.Option(help="Of a day with over 999 shipments")] = 1,
    as_json: AsJson = False,
) -> None:
    """The cumulative 214 of a day's direct deliveries: number, phase, what it lists (19 CFR 146.40(c)(1)).

    Example: ftz admissions daily 999 2026-03-03 --account home
    """
    address = f"/v1/admissions/daily/{quote(zone)}/{quote(account, safe='')}/{quote(day)}"
    answer = get(address, part=part)
    if as_json:
        print_json(answer)
        return
    rows = [
        [s["shipment"], s["receipt"], s["manifest"], str(s["invoices"]), "all" if s["whole"] else "a part"]
        for s in answer["shipments"]
    ]
    filed = f", filed on {answer['filed_on']}" if answer["filed_on"] else ""
    title = f"214 {answer['number'] or 'without number'}: {answer['phase']}{filed}"
    table(title, ["shipment", "count", "manifest", "invoices", "admitted"], rows)


@admissions_app.command("report")
@guarded
def report(
    shipment: Shipment,
    *,
    line: Annotated[int, typer.Option(help="Line of the 214")],
    form: Annotated[str, typer.Option(help="joint or 5931")],
    signed: Annotated[str, typer.Option(help="YYYY-MM-DD")],
    told: Annotated[str, typer.Option(help="The day on which the port director had it: YYYY-MM-DD")],
    reference: Annotated[str, typer.Option(help="The report's own number")],
    who: Annotated[str, typer.Option(help="Who answers for it")],
    as_json: AsJson = False,
) -> None:
    """Record a discrepancy report; in time it modifies what the operator answers for (19 CFR 146.37(c)).

    Example: ftz admissions report home/shop/S-1 --line 1 --form joint --signed 2026-06-16 --told 2026-06-18
    --reference JR-1 --who p-1
    """
    body = {
        "line": line,
        "form": form,
        "signed_on": signed,
        "told_on": told,
        "reference": reference,
        "who": who,
    }
    answer = send("POST", _address(shipment, "/discrepancy-reports"), json=body)
    print_json(answer) if as_json else out.print(f"recorded: {answer['stream']} is at {answer['version']}")


@admissions_app.command("report-shortage")
@guarded
def report_shortage(
    shipment: Shipment,
    *,
    line: Annotated[int, typer.Option(help="Line of the 214")],
    on: Annotated[str, typer.Option(help="The day on which the port director was told: YYYY-MM-DD")],
    reference: Annotated[str, typer.Option(help="The report's own number")],
    who: Annotated[str, typer.Option(help="Who answers for it")],
    as_json: AsJson = False,
) -> None:
    """Record that a shortage of 1 % and 100 USD of duty was reported (19 CFR 146.53(a)(3)).

    Example: ftz admissions report-shortage home/shop/S-1 --line 1 --on 2026-06-02 --reference SH-1 --who p-1
    """
    body = {"line": line, "reported_on": on, "reference": reference, "who": who}
    answer = send("POST", _address(shipment, "/shortage-reports"), json=body)
    print_json(answer) if as_json else out.print(f"recorded: {answer['stream']} is at {answer['version']}")


@admissions_app.command("answer-overage")
@guarded
def answer_overage(
    shipment: Shipment,
    *,
    line: Annotated[int, typer.Option(help="Line of the 214")],
    how: Annotated[str, typer.Option(help="admitted, entered or general-order")],
    on: Annotated[str, typer.Option(help="The day of its 214, entry or removal: YYYY-MM-DD")],
    reference: Annotated[str, typer.Option(help="Number of the 214, the entry or the order")],
    who: Annotated[str, typer.Option(help="Who answers for it")],
    as_json: AsJson = False,
) -> None:
    """Say what became of what a receipt had over; five days from its identification (19 CFR 146.53(d)).

    Example: ftz admissions answer-overage home/shop/S-1 --line 1 --how admitted --on 2026-04-12
    --reference 999-26-000004 --who p-1
    """
    body = {"line": line, "how": how, "on": on, "reference": reference, "who": who}
    answer = send("POST", _address(shipment, "/overage-answers"), json=body)
    print_json(answer) if as_json else out.print(f"recorded: {answer['stream']} is at {answer['version']}")


@admissions_app.command("withdraw")
@guarded
def withdraw(
    shipment: Shipment,
    *,
    reason: Annotated[str, typer.Option(help="Why the goods do not come")],
    who: Annotated[str, typer.Option(help="Who answers for it")],
    as_json: AsJson = False,
) -> None:
    """Give a 214 up; one that CBP permitted is deleted there. Its number stays, with the reason.

    Example: ftz admissions withdraw home/shop/S-1 --reason "sold on the water" --who p-1
    """
    answer = send("POST", _address(shipment, "/withdrawal"), json={"reason": reason, "who": who})
    print_json(answer) if as_json else out.print(f"recorded: {answer['stream']} is at {answer['version']}")


@admissions_app.command("elect")
@guarded
def elect(
    account: Annotated[str, typer.Argument(help="The zone's account")],
    uin: Annotated[str, typer.Argument(help="The zone's identifier of the goods")],
    *,
    zone: Annotated[str, typer.Option(help="Zone number")],
    change: Annotated[str, typer.Option(help="Id of the change; the same again changes nothing")],
    status: Annotated[str, typer.Option(help="P (cannot be undone) or Z (cannot be undone either)")],
    quantity: Annotated[str, typer.Option(help="How much of it, in the unit of the inventory")],
    unit: Annotated[str, typer.Option(help="That unit")],
    value: Annotated[str, typer.Option(help="USD, as on the noted invoice")],
    origin: Annotated[str, typer.Option(help="ISO country")],
    who: Annotated[str, typer.Option(help="Who elects")],
    why: Annotated[str, typer.Option(help="Why")] = "",
    layer: Annotated[str, typer.Option(help="The layer itself; else the next in order")] = "",
    as_json: AsJson = False,
) -> None:
    """Elect another status for goods in status N, on a 214 of its own; the ledger follows CBP's permit.

    Example: ftz admissions elect home MUG-WHITE --zone 999 --change E-1 --status P --quantity 40 --unit No.
    --value 86.00 --origin PT --who p-1
    """
    line = {"line": 1, "uin": uin, "quantity": quantity, "unit": unit, "value": value}
    line |= {"origin": origin, "status": status, "layer": layer}
    body = {"zone": zone, "account": account, "change": change, "who": who, "why": why, "lines": [line]}
    answer = send("POST", "/v1/admissions/status-changes", json=body)
    print_json(answer) if as_json else out.print(f"drafted: {answer['stream']} is at {answer['version']}")
