"""Final numbers of a schedule export."""

import os
from pathlib import Path
from typing import Any

import pytest

from ftz_classification.domain.concordance import read_concordance
from ftz_classification.domain.revision import successors_of
from ftz_classification.domain.tariff_numbers import NotASchedule, dotted, read_numbers


def test_final_numbers_have_nothing_below_them(make: Any) -> None:
    numbers = make.in_force().numbers
    assert numbers.digits == ("6911103710", "6911103750", "6911108000", "91021110", "99038815")
    assert not numbers.has("69111037")
    assert not numbers.has("")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no column"),
        (b"a,b\r\n1,2\r\n", "no column"),
        (b"HTS Number\r\n6911\r\n", "no tariff number"),
        (b"HTS Number\r\n\xff\xfe\r\n", "not UTF-8"),
        (b'HTS Number\r\n"6911.10.37.10"x,\r\n', "row 2"),
    ],
)
def test_what_is_no_schedule_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(NotASchedule, match=reason):
        read_numbers(content)


@pytest.mark.parametrize(
    ("digits", "printed"), [("6911103710", "6911.10.37.10"), ("91021110", "9102.11.10"), ("6911", "6911")]
)
def test_numbers_as_the_schedule_prints_them(digits: str, printed: str) -> None:
    assert dotted(digits) == printed


@pytest.mark.data
def test_the_official_schedule() -> None:
    folder = os.environ.get("FTZ_DATA")  # noqa: TID251 tests find the public data by it
    if not folder:
        pytest.skip("FTZ_DATA is not set: hts_2026_rev4.csv")
    numbers = read_numbers((Path(folder) / "hts_2026_rev4.csv").read_bytes())
    assert len(numbers.digits) > 15_000
    assert numbers.has("6911103710")
    assert all(len(d) in (8, 10) for d in numbers.digits)
    tens = {d[:8] for d in numbers.digits if len(d) == 10}
    assert not tens & set(numbers.digits), "no final number stands above another"


@pytest.mark.data
def test_numbers_that_the_real_revision_ended_and_what_its_concordance_names() -> None:
    """Every line that ended between the two real schedules has a successor to show, named ones first."""
    folder = os.environ.get("FTZ_DATA")  # noqa: TID251 tests find the public data by it
    if not folder:
        pytest.skip("FTZ_DATA is not set: hts_2025-12-01.csv, hts_2026_rev4.csv, bl_hts_concordance.csv")
    real = Path(folder)
    before = read_numbers((real / "hts_2025-12-01.csv").read_bytes())
    after = read_numbers((real / "hts_2026_rev4.csv").read_bytes())
    named = read_concordance((real / "bl_hts_concordance.csv").read_bytes())
    ended = [number for number in before.digits if not after.has(number)]
    assert len(ended) > 60
    followed = {number: successors_of(number, after, named) for number in ended}
    assert all(after.has(new) for found in followed.values() for new in found)
    by_name = [n for n in ended if any(after.has(new) for new in named.get(n, ()))]
    assert len(by_name) > 10
    assert all(set(followed[n]) <= set(named[n]) for n in by_name)
