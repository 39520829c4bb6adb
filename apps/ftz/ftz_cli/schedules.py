"""Looking at schedule exports themselves, without a database: what is understood, what a revision changes."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ftz_cli.operate import AsJson
from ftz_cli.screen import DIFFERENT, Failure, guarded, out, print_json, table
from ftz_duty.domain.parse_report import parse_report
from ftz_duty.domain.schedule import Schedule, dotted
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.schedule_diff import NO_CONCORDANCE, diff, read_concordance
from ftz_duty.usecases.library import read_schedule

#: Differences of a kind that a terminal shows; --json has all.
SHOWN_MAX = 15


def _schedule(file: Path) -> Schedule:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(
            "no-such-file", f"{file}: {error.strerror}", "name the export that you downloaded"
        ) from error
    read = read_schedule(content, file.name, extract=True)
    if isinstance(read, Refused):
        first = read.problems[0]
        raise Failure(f"tariff-{first.code.replace(' ', '-')}", first.reason, first.action, place=first.place)
    return read


@guarded
def report(file: Path, as_json: AsJson = False) -> None:
    """Say how many rate texts of a schedule export are understood, and which are not. Exit code 1 if any.

    Example: ftz tariff parse-report hts_2026_rev4.csv --json
    """
    groups = parse_report(_schedule(file))
    if as_json:
        print_json(groups)
    else:
        rows = [
            [name, g["cells"], g["understood"], g["references"], len(g["refused"])]
            for name, g in groups.items()
        ]
        columns = ["group", "distinct texts", "understood", "references", "refused"]
        table(f"rate texts of {file.name}", columns, rows, right=columns[1:])
        for name, group in groups.items():
            for text in group["refused"]:
                out.print(f"refused in {name}: {text!r}", markup=False)
    if any(group["refused"] for group in groups.values()):
        raise typer.Exit(DIFFERENT)


@guarded
def differences(
    before: Path,
    after: Path,
    concordance: Annotated[
        Path | None, typer.Option(help="CSV with old_hts10 and new_hts10: successors")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a schedule export changes against another: lines, rates, descriptions, units.

    Example: ftz tariff diff hts_2025-12-01.csv hts_2026_rev4.csv --concordance concordance.csv
    """
    known = NO_CONCORDANCE
    if concordance is not None:
        read = read_concordance(concordance.read_text(encoding="utf-8"))
        if isinstance(read, Refused):
            first = read.problems[0]
            raise Failure("concordance", first.reason, first.action, place=first.place)
        known = read
    found = diff(_schedule(before), _schedule(after), known)
    if as_json:
        print_json(asdict(found))
        return
    counts = [[kind, len(items)] for kind, items in asdict(found).items()]
    table("what changes", ["kind", "count"], counts, right=["count"])
    gone = [
        [dotted(d.line.number), ", ".join(map(dotted, d.successors)) or "none known", d.line.path[-1]]
        for d in found.deleted
        if d.line.final
    ]
    table(f"deleted final lines ({len(gone)})", ["number", "successors", "description"], gone[:SHOWN_MAX])
    rates = [[dotted(c.number), c.column, c.before.text, c.after.text] for c in found.rates]
    table(f"rates ({len(rates)})", ["number", "column", "was", "is"], rates[:SHOWN_MAX])
    if max(len(gone), len(rates)) > SHOWN_MAX:
        out.print("[dim]--json has all of them[/dim]")
