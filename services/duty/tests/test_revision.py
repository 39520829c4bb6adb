"""A revision's name stands for one file and one date."""

from datetime import UTC, datetime

import pytest

from ftz_common.contracts.common import Noted
from ftz_common.testing.story import Story
from ftz_duty.domain.revision import ImportRevision
from ftz_duty.usecases import TARIFF

AT = datetime(2026, 5, 7, 16, tzinfo=UTC)
FIRST = ImportRevision("2026-01-01", "a" * 64, 20_000, "hts.csv")


@pytest.mark.parametrize(
    "again",
    [
        ImportRevision("2026-01-01", "b" * 64, 20_000, "hts.csv"),
        ImportRevision("2026-02-01", "a" * 64, 20_000, "hts.csv"),
    ],
)
def test_another_content_or_another_date_under_a_known_name_is_refused(again: ImportRevision) -> None:
    story = Story(TARIFF, "tariff/rev 1")
    story.tell(FIRST, AT)
    assert isinstance(story.tell(FIRST, AT)[0], Noted)
    assert story.refused(again, AT).code == "revision-exists"
