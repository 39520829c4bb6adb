"""Looking into a database: the story of one thing, the proofs, the views made again.

Read-only, on the file or in MongoDB (FTZ_MONGO), so that whoever writes there is not disturbed.
"""

from datetime import date
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.tree import Tree

from ftz_cli.client import Database, reading, run_async
from ftz_cli.operate import AsJson
from ftz_cli.repricer import ScheduleRepricer, measure_book
from ftz_cli.screen import DIFFERENT, Failure, err, guarded, out, print_json, table
from ftz_cli.services import BUILDERS, snapshot_problems
from ftz_common.blobs.port import BlobDamaged, BlobMissing
from ftz_common.contracts import table as contracts
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.tariff import Revision, TariffBook
from ftz_duty.usecases.library import read_schedule
from ftz_reporting.domain.node import Node
from ftz_reporting.domain.problem import Problem
from ftz_reporting.views.archive import Archive
from ftz_reporting.views.replay import replay as replay_views
from ftz_reporting.views.tracing import Tracer
from ftz_reporting.views.verifying import Verifier


def _archive(database: Database) -> Archive:
    return Archive(database.store("reporting"))


@guarded
def trace(
    what: Annotated[
        str,
        typer.Argument(
            help="An order, parcel, shipment, 214, layer, draw, entry or part, as people write it"
        ),
    ],
    kind: Annotated[str, typer.Option(help="order, shipment, layer, draw or entry, if several match")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell the whole story of one thing, from the shipment that brought it to the entry that closed it.

    Example: ftz trace O-1042
    """

    async def work() -> Any:
        async with reading() as database:
            return await Tracer(_archive(database)).trace(what, kind)

    found = run_async(work)
    if found.story is None:
        if not found.matches:
            raise Failure(
                "not-found",
                f"nothing here is called {what!r}",
                "name an order, parcel, shipment, layer or entry",
            )
        if as_json:
            print_json({"matches": [match._asdict() for match in found.matches]})
        else:
            table(
                f"{what!r} names several things: add --kind", ["kind", "name"], [m[:2] for m in found.matches]
            )
        raise typer.Exit(DIFFERENT)
    if as_json:
        print_json(msgspec.to_builtins(found.story))
    else:
        out.print(_tree(found.story))


def _tree(node: Node, parent: Tree | None = None, told: set[str] | None = None) -> Tree:
    """The story on a screen: a tariff revision is told once, and named where it comes again."""
    told = set() if told is None else told
    again = node.title in told
    if node.title.startswith("tariff revision "):
        told.add(node.title)
    at = f"  [dim]{node.at}[/dim]" if node.at and not again else ""
    lines = [f"[bold]{_plain(node.title)}[/bold]{at}"]
    if not again:
        lines.extend(f"[dim]{_plain(label)}:[/dim] {_plain(value)}" for label, value in node.details if value)
    here = Tree("\n".join(lines)) if parent is None else parent.add("\n".join(lines))
    for child in node.children:
        _tree(child, here, told)
    return here


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


@guarded
def verify(as_json: AsJson = False) -> None:
    """Prove the books: chains, census, invariants, every duty figure again from journal and schedule files.

    Exit code 1 if anything is wrong; each problem names stream, version, what, and what to do.

    Example: ftz verify --json
    """

    async def work() -> Any:
        async with reading() as database:
            journals = {name: database.store(name) for name in BUILDERS}
            reprice = ScheduleRepricer(await _book(database), await measure_book(database))
            return await Verifier(
                _archive(database), journals=journals, blobs=database.blobs, reprice=reprice
            ).run()

    with _spinning("verifying"):
        found = run_async(work)
    if as_json:
        problems = [msgspec.to_builtins(p) for p in found.problems]
        print_json({"problems": problems, "evaluated": found.evaluated})
    else:
        rows = [[name, count, _of(found.problems, name)] for name, count in found.evaluated.items()]
        table("verified", ["check", "evaluated", "problems"], rows, right=["evaluated", "problems"])
        for problem in found.problems:
            out.print(f"[red]{_plain(problem.line)}[/red]")
    if found.problems:
        raise typer.Exit(DIFFERENT)


def _of(problems: list[Problem], check: str) -> int:
    return sum(problem.check == check for problem in problems)


async def _book(database: Database) -> TariffBook:
    """The tariff revisions of a database, read again from their files; unreadable ones are left out.

    What is left out shows as figures that cannot be reckoned again, beside the damaged file itself.
    """
    blobs, revisions = database.blobs, list[Revision]()
    async for stored in database.store("duty").commits("tariff/"):
        commit = unseal(stored)
        for recorded in commit.facts:
            fact_class = contracts.BY_TYPE[recorded.type].fact
            if fact_class is not TariffRevisionImported:
                continue
            fact = contracts.decoder(recorded.type).decode(recorded.data)
            try:
                content = await blobs.get(fact.sha256)
            except (BlobMissing, BlobDamaged):
                continue
            schedule = read_schedule(content, fact.file_name, extract=True)
            if isinstance(schedule, Refused):
                continue
            effective = date.fromisoformat(fact.effective_from)
            recorded_at = parse_instant(commit.recorded_at)
            revisions.append(Revision(fact.revision, effective, recorded_at, fact.sha256, schedule))
    return TariffBook(tuple(sorted(revisions, key=lambda r: (r.recorded_at, r.name))))


@guarded
def replay(as_json: AsJson = False) -> None:
    """Make every view again and compare; snapshots against folds. Exit code 1 if anything differs.

    Example: ftz replay
    """

    async def work() -> Any:
        async with reading() as database:
            found = await replay_views(_archive(database))
            snapshots = await snapshot_problems({name: database.store(name) for name in BUILDERS})
            return found, snapshots

    with _spinning("replaying"):
        found, snapshots = run_async(work)
    if as_json:
        problems = [msgspec.to_builtins(p) for p in found.problems]
        print_json({"problems": problems, "compared": found.compared, "snapshots": snapshots._asdict()})
    else:
        rows = [[name, count] for name, count in found.compared.items()]
        rows.append(["snapshots", snapshots.compared])
        table("made again and compared", ["rows", "count"], rows, right=["count"])
        for problem in found.problems:
            out.print(f"[red]{_plain(problem.line)}[/red]")
        for line in snapshots.problems:
            out.print(f"[red]{_plain(line)}[/red]")
    if found.problems or snapshots.problems:
        raise typer.Exit(DIFFERENT)


def _spinning(what: str) -> Progress:
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=err, transient=True
    )
    bar.add_task(what, total=None)
    return bar
