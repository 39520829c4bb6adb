"""Invert each rule that a golden case protects, and see that the case says so: `make mutants`.

`python -m tests.mutants [NAME...]` plays, for each patch of this folder, the case that its header names
against a copy of the product with the patch; `--all` plays every case, and so shows which others see it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.mutants.mutant import (
    CASES,
    ROOT,
    BadMutant,
    Mutant,
    cases,
    copied_members,
    import_path,
    mutants,
    rule_of,
)

from ftz_cli.screen import out, table

#: A process that plays cases gets so long for each, and one case's time for starting.
SECONDS_PER_CASE = 150


@dataclass(slots=True)
class Finding:
    """What became of a mutant. `caught_by`: every case played that differs; `saw`: its case's differences."""

    mutant: str
    case: str
    rule: str
    breaks: str
    caught: bool = False
    caught_by: list[str] = field(default_factory=list[str])
    saw: list[str] = field(default_factory=list[str])
    problem: str = ""  #: it could not be tried

    @property
    def said(self) -> str:
        """The table's last column."""
        if self.problem:
            return self.problem
        if not self.caught:
            return "NOT CAUGHT"
        others = [name for name in self.caught_by if name != self.case]
        return "caught" if not others else f"caught, also by {', '.join(others)}"


def played(tree: Path, names: Sequence[str]) -> dict[str, list[str]] | str:
    """Differences by case, played by the product in `tree`; or why the product does not start."""
    found = subprocess.run(  # noqa: S603 our own interpreter
        [sys.executable, "-m", "tests.mutants.play", *(str(CASES / f"{name}.yaml") for name in names)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(import_path(tree))},  # noqa: TID251 a process of its own
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_PER_CASE * (len(names) + 1),
    )
    if found.returncode:
        return f"does not run: {found.stderr.strip().splitlines()[-1]}"
    return json.loads(found.stdout)


def tried(mutant: Mutant, names: Sequence[str]) -> Finding:
    """Apply one mutant to a copy and play these cases."""
    finding = Finding(mutant.name, mutant.case, rule_of(mutant.case), mutant.breaks)
    with tempfile.TemporaryDirectory(prefix="ftz-mutant-") as folder:
        tree = copied_members(Path(folder), mutant.touched)
        if why := mutant.applied(tree):
            finding.problem = f"does not apply: {why.splitlines()[0]}"
            return finding
        try:
            found = played(tree, names)
        except subprocess.TimeoutExpired:
            finding.problem = "does not end"
            return finding
    if isinstance(found, str):
        finding.problem = found
        return finding
    finding.caught_by = [name for name, saw in found.items() if saw]
    finding.saw = found[mutant.case]
    finding.caught = bool(finding.saw)
    return finding


def findings(chosen: Sequence[Mutant], names: Sequence[str], processes: int) -> Iterator[Finding]:
    """As they come. `names`: the cases to play against each; none: only its own."""
    with ThreadPoolExecutor(processes) as pool:
        for each in as_completed([pool.submit(tried, m, names or [m.case]) for m in chosen]):
            yield each.result()


def main(arguments: list[str] | None = None) -> int:
    """0: each mutant was caught by its case, and each case has one. 1: not so. 2: it cannot be tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="mutants or cases (default: all)")
    parser.add_argument("--all", action="store_true", help="play every case against each mutant")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--processes", type=int, default=2, help="processes (default 2)")
    said = parser.parse_args(arguments)
    try:
        known = mutants()
    except BadMutant as error:
        print(error, file=sys.stderr)
        return 2
    chosen = [m for m in known if not said.names or {m.name, m.case} & set(said.names)]
    without = [] if said.names else sorted(set(cases()) - {m.case for m in known})
    names = cases() if said.all else []
    if broken := _broken(sorted({*names, *(m.case for m in chosen)}), said.processes):
        print(f"these cases differ without any mutant: {', '.join(broken)}", file=sys.stderr)
        return 2
    found: list[Finding] = []
    for finding in findings(chosen, names, said.processes):
        found.append(finding)
        _progress(f"{len(found)}/{len(chosen)} mutants", finding)
    found.sort(key=lambda f: (f.case, f.mutant))
    bad = [f for f in found if not f.caught]
    if said.json:
        print(json.dumps({"mutants": [asdict(f) for f in found], "cases_without": without}, indent=2))
    else:
        _show(found, without)
    return 1 if bad or without else 0


def _broken(names: Sequence[str], processes: int) -> list[str]:
    _progress(f"playing {len(names)} cases without a mutant")
    shares = [share for at in range(processes) if (share := names[at::processes])]
    with ThreadPoolExecutor(processes) as pool:
        found = list(pool.map(played, [ROOT] * len(shares), shares))
    return [name for said in found for name in _differing(said)]


def _differing(found: dict[str, list[str]] | str) -> list[str]:
    return [found] if isinstance(found, str) else [name for name, saw in found.items() if saw]


def _progress(text: str, finding: Finding | None = None) -> None:
    if finding is not None and (finding.problem or not finding.caught):
        text += f"; {finding.mutant}: {finding.said}"
    if sys.stderr.isatty():
        print(
            f"\r\033[K{text}", end="\n" if finding and not finding.caught else "", file=sys.stderr, flush=True
        )


def _show(found: Sequence[Finding], without: Sequence[str]) -> None:
    table(
        "Mutants",
        ("case", "what the patch does", ""),
        [(f.case, f.breaks, f.said) for f in found],
    )
    for case in without:
        out.print(f"no mutant: {case} ({rule_of(case)})", markup=False)
    bad = sum(not f.caught for f in found)
    covered = len({f.case for f in found if f.caught})
    out.print(
        f"{len(found)} mutants, {bad} not caught; {covered} cases catch one, {len(without)} have none",
        markup=False,
    )


if __name__ == "__main__":
    sys.exit(main())
