"""Inherited suites explain their failures as tests do."""

import pytest

pytest.register_assert_rewrite(
    "ftz_common.testing.store_suite", "ftz_common.testing.bus_suite", "ftz_common.testing.blob_suite"
)
