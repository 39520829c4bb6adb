"""Every scenario file under tests/golden comes out as it says."""

import asyncio
from pathlib import Path

import pytest

from ftz_cli.check import checked

CASES = sorted(Path(__file__).parent.glob("**/*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_comes_out_as_it_says(path: Path) -> None:
    assert asyncio.run(checked(path)) == []
