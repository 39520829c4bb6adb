"""A fresh bench for each test."""

import pytest

from ftz_common.testing.simulator.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
