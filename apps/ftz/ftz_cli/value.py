"""`ftz value`: the dutiable value of goods, step by step, and the exchange rates it needs."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ftz_cli.client import ask, reach, run_async
from ftz_cli.operate import AsJson
from ftz_cli.screen import guarded, out, print_json
from ftz_cli.text_yaml import read_yaml
from ftz_common.settings import Settings, told

value_app = typer.Typer(
    no_args_is_help=True, help="Dutiable value (19 CFR 146.65(b)) and dated exchange rates."
)


@value_app.command("of")
@guarded
def value_of(
    file: Annotated[Path, typer.Argument(help="YAML: basis, price, exported_on, additions, deductions")],
    as_json: AsJson = False,
) -> None:
    """Reckon the dutiable value of goods from a file; docs/value.md shows one. Nothing is kept.

    Example: ftz value of sale.yaml
    """
    settings = told(Settings)
    body = read_yaml(file)

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, "POST", "/v1/duty/values", json=body)

    found = run_async(work)
    if as_json:
        print_json(found)
        return
    table = Table("what", "USD", "how", "rule")
    for step in found["steps"]:
        table.add_row(step["what"], step["usd"], step["how"], step["rule"])
    out.print(table)
    out.print(f"dutiable value USD {found['dutiable_value']}")


@value_app.command("rate")
@guarded
def rate(
    currency: Annotated[str, typer.Argument(help="ISO 4217 code")],
    *,
    usd: Annotated[str, typer.Option(help="USD for one unit")],
    first: Annotated[str, typer.Option(help="First day, YYYY-MM-DD")],
    last: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD")],
    source: Annotated[str, typer.Option(help="Where it is certified")],
    who: Annotated[str, typer.Option(help="Who enters it")],
) -> None:
    """Enter an exchange rate for a quarter or a day.

    Example: ftz value rate EUR --usd 1.10 --first 2026-07-01 --last 2026-09-30 --source bulletin --who me
    """
    settings = told(Settings)
    body = {"usd": usd, "first": first, "last": last, "source": source, "who": who}

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, "POST", f"/v1/duty/currencies/{currency}", json=body)

    run_async(work)
    out.print(f"one {currency} is {usd} USD from {first} to {last}")
