"""A mutant: a patch that inverts one rule in a copy of the product, and the golden case that must see it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ftz_cli.text_yaml import read_yaml

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CASES = ROOT / "tests" / "golden" / "cases"
SERVICES = ("admissions", "classification", "inventory", "duty", "reporting", "alerts")
MEMBERS = ("libs/ftz_common", *(f"services/{name}" for name in SERVICES), "apps/cbp_sandbox", "apps/ftz")


@dataclass(frozen=True, slots=True)
class Mutant:
    """`case`: a file under tests/golden/cases, without its ending. `breaks`: what the patch does."""

    name: str
    path: Path
    case: str
    breaks: str

    @property
    def touched(self) -> list[str]:
        """The files that it changes."""
        return re.findall(r"^\+\+\+ b/(\S+)", self.path.read_text(encoding="utf-8"), re.MULTILINE)

    def applied(self, tree: Path) -> str:
        """Change a copy of the product; why it cannot, or ""."""
        found = subprocess.run(  # noqa: S603 our own patch
            ["git", "apply", "--unsafe-paths", "--unidiff-zero", str(self.path)],  # noqa: S607 as on the path
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
        return "" if found.returncode == 0 else found.stderr.strip()


class BadMutant(Exception):
    """A patch without its header, or for a case that is not there."""


def read(path: Path) -> Mutant:
    """A patch file: `case: NAME`, `breaks: WORDS`, then the patch. Raises `BadMutant`."""
    head = dict(re.findall(r"^(case|breaks): (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    if missing := [key for key in ("case", "breaks") if key not in head]:
        raise BadMutant(f"{path.name} has no line `{missing[0]}: ...` (docs/scenarios.md, Mutants)")
    case = head["case"].strip()
    if not (CASES / f"{case}.yaml").exists():
        raise BadMutant(f"{path.name}: there is no tests/golden/cases/{case}.yaml")
    found = Mutant(path.stem, path, case, head["breaks"].strip())
    if not found.touched:
        raise BadMutant(f"{path.name} changes nothing: the patch itself is missing")
    return found


def mutants() -> list[Mutant]:
    """All of them, by name."""
    return [read(path) for path in sorted(HERE.glob("*.patch"))]


def cases() -> list[str]:
    """The names of all golden cases."""
    return sorted(path.stem for path in CASES.glob("*.yaml"))


def rule_of(case: str) -> str:
    """The rule that a case's header names."""
    return str(read_yaml(CASES / f"{case}.yaml").get("rule", ""))


def copied(into: Path, only: list[str]) -> Path:
    """A copy of some files of the product."""
    for name in only:
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, into / name)
    return into


def copied_members(into: Path, touched: list[str]) -> Path:
    """A copy of the members that these files belong to; the others are imported from where they are."""
    for member in MEMBERS:
        if not any(name.startswith(f"{member}/") for name in touched):
            continue
        # Compiled files go along: their sources keep their times, so only what is patched is compiled again.
        shutil.copytree(
            ROOT / member, into / member, ignore=shutil.ignore_patterns("tests", ".*", "*.egg-info")
        )
    return into


def import_path(tree: Path) -> Iterator[str]:
    """What a process needs to import the product from a tree, and what is not there from here."""
    yield from (str((tree if (tree / member).exists() else ROOT) / member) for member in MEMBERS)
    yield str(ROOT)
