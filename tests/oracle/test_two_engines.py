"""Two engines agree: the entry as the services compile it, and as the law reads (law.py), to the cent."""

import ast
import json
import sys
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle import deferral, fees, goods, histories, law, measures, rates
from tests.oracle.agreeing import agree
from tests.oracle.reading import facts_from, whole

from ftz_common.contracts.fact import Refusal
from ftz_duty.domain.fees import informal_fee

#: What many histories must have compared.
EVERYTHING = {
    "entry",
    "entry that waits for a person",
    "supplemental entry",
    "parcel assessed",
    "parcel that waits for a person",
    "waiver",
    "harbor fee",
    "line worth what its price and costs come to",
    "content without privilege",
    "content with privilege",
    "content of content",
    "loss allowed for",
    "co-product",
    *(f"line in status {status}" for status in "PN"),
    *(f"line of {column}" for column in ("general", "column2")),
    *(f"line by the {name} revision" for name in ("first", "second")),
    *(
        f"measure {result}"
        for result in ("applies", "not-in-force", "exempt", "not-met", "excluded", "unknown")
    ),
}
CASES = sorted(
    path
    for path in (Path(__file__).parents[1] / "golden" / "cases").glob("*.yaml")
    if path.stem.startswith(("duty-", "deferral-", "production-", "value-"))
)


@pytest.mark.parametrize("module", [rates, measures, goods, law, deferral, fees])
def test_the_oracle_shares_nothing_with_the_product(module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    foreign = {name for name in names if not name.startswith("tests.oracle.")}
    assert {name.split(".")[0] for name in foreign} <= sys.stdlib_module_names


@given(st.integers(0, 3000), st.sampled_from((2026, 2027)), st.booleans())
def test_informal_fees_read_literally(value: int, year: int, quota: bool) -> None:
    found = informal_fee(Decimal(value), year, chapter_99_quota=quota)
    own = fees.informal(Fraction(value), year, chapter_99=quota)
    assert own == (None if isinstance(found, Refusal) else Fraction(found))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_cases_read_literally(path: Path) -> None:
    agree(facts_from(path), whole(path))


def _history(seed: int, folder: Path, seen: Counter[str] | None = None) -> None:
    """One seed; the folder keeps its scenario file, so that it can be played by hand (`ftz check`)."""
    scenario, path = histories.scenario(seed), folder / f"seed-{seed}.yaml"
    path.write_text(json.dumps(scenario, indent=1), encoding="utf-8")
    agree(facts_from(path), scenario, seen)


@pytest.mark.parametrize("seed", range(12))
def test_random_weeks(seed: int, tmp_path: Path) -> None:
    _history(seed, tmp_path)


@pytest.mark.slow
def test_many_random_weeks(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(300):
        _history(seed, tmp_path, seen)
    tipped = seen.pop("cent of an endless quantity")
    assert tipped < 10
    assert set(seen) == EVERYTHING, set(seen) ^ EVERYTHING
    assert seen["entry"] > 300
