"""The tariff as a process reads it: imported whole, by name and date, or refused by place."""

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.flow.aggregate import To, Waiting
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.reference import Reference
from ftz_common.testing.story import Story
from ftz_duty.usecases import TARIFF, UseCases

HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties\n"
)
ROWS = """\
6912.00,0,Ceramic tableware,,,,,,
6912.00.48,1,Other,,9.8%,Free (KR),55%,,
6912.00.48.10,2,Suitable for food,"[""doz."",""kg""]",,,,,
7013.37.05.00,1,Glasses,"[""doz.""]",as found,,75%,,
"""
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


class Office:
    """Use cases whose imports are announced back to them, as the reference topic does."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobs()
        self.reference = Reference()
        self.cases = UseCases(self.reference, self.blobs, PlayedClock(NOW))
        self.streams: dict[str, Story] = {}

    async def ask(self, name: str, effective: str, content: bytes, **given: Any) -> To | Refusal:
        given.setdefault("file_name", "hts.csv")
        file_name = given.pop("file_name")
        accept = frozenset(given.pop("accept", ()))
        return await self.cases.import_tariff(
            name, effective, content, file_name, extract=given.pop("extract", True), accept=accept
        )

    async def take(self, name: str, effective: str, rows: str = ROWS, **given: Any) -> list[Any]:
        asked = await self.ask(name, effective, (HEADER + rows).encode(), **given)
        assert isinstance(asked, To), asked
        story = self.streams.setdefault(asked.stream, Story(TARIFF, asked.stream))
        facts = story.tell(asked.command, NOW)
        for fact in facts:
            if isinstance(fact, TariffRevisionImported):
                assert self.reference.on_revision is not None
                await self.reference.on_revision(fact)
                self.reference.revisions.append(
                    (fact, f"2026-02-01T12:00:{len(self.reference.revisions):02d}Z")
                )
        return facts


@pytest.fixture
async def office() -> Office:
    """An office with one revision, in force from the first of January."""
    office = Office()
    await office.take("rev 1", "2026-01-01")
    return office


async def test_an_import_is_a_fact_and_a_blob(office: Office) -> None:
    fact = office.reference.revisions[0][0]
    assert (fact.revision, fact.effective_from, fact.lines) == ("rev 1", "2026-01-01", 4)
    assert await office.blobs.get(fact.sha256) == (HEADER + ROWS).encode()


async def test_the_same_import_again_changes_nothing(office: Office) -> None:
    (noted,) = await office.take("rev 1", "2026-01-01")
    assert isinstance(noted, Noted)


@pytest.mark.parametrize(
    ("name", "effective", "rows", "code"),
    [
        ("rev 0", "2025-12-01", ROWS.replace("9.8%", "12%"), "tariff-older"),
        ("rev 1", "2026-01-01", ROWS.replace("9.8%", "9%"), "tariff-replaces"),
        ("rev 1b", "2026-01-01", ROWS.replace("9.8%", "9%"), "tariff-replaces"),
        ("rev 2", "2026-13-01", ROWS, "effective-date"),
        (" ", "2026-03-01", ROWS, "revision-name"),
        ("rev 2", "2026-03-01", ROWS.replace("9.8%", "980%"), "tariff-high-rate"),
        ("rev 2", "2026-03-01", ROWS + ROWS.splitlines(keepends=True)[-1], "tariff-doubled"),
    ],
)
async def test_a_file_or_date_that_does_not_fit_is_refused_by_name(
    office: Office, name: str, effective: str, rows: str, code: str
) -> None:
    refusal = await office.ask(name, effective, (HEADER + rows).encode())
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert refusal.reason
    assert refusal.remedy
    assert refusal.place
    assert office.cases.library.revision_on("2026-06-01") == "rev 1"


async def test_a_person_may_accept_an_older_revision(office: Office) -> None:
    await office.take("rev 0", "2025-12-01", ROWS.replace("9.8%", "12%"), accept=["older"])
    stated = office.cases.library.stated
    assert stated("6912004810", "PT", "2025-12-31").rate_text == "12%"
    assert stated("6912004810", "PT", "2026-01-01").rate_text == "9.8%"


async def test_a_correction_of_a_revision_replaces_it_when_accepted(office: Office) -> None:
    await office.take("rev 1", "2026-01-01", ROWS.replace("9.8%", "9%"), accept=["replaces"])
    assert office.cases.library.stated("6912004810", "PT", "2026-01-01").rate_text == "9%"


@pytest.mark.parametrize(
    ("origin", "column", "text"),
    [("PT", "general", "9.8%"), ("CU", "column2", "55%"), ("RU", "column2", "55%")],
)
async def test_the_rate_by_origin_stands_on_the_eight_digit_line(
    office: Office, origin: str, column: str, text: str
) -> None:
    stated = office.cases.library.stated("6912004810", origin, "2026-02-10")
    assert (stated.column, stated.rate_text, stated.rate_from) == (column, text, "69120048")
    assert (stated.revision, stated.missing) == ("rev 1", "")


async def test_a_number_that_the_revision_lacks_has_no_rate_and_says_so(office: Office) -> None:
    stated = office.cases.library.stated("6912009999", "PT", "2026-02-10")
    assert (stated.revision, stated.rate_text) == ("rev 1", "")
    assert "6912.00.99.99 is not in this revision" in stated.missing


async def test_a_rate_text_that_is_not_understood_is_kept_and_refused_by_name(office: Office) -> None:
    stated = office.cases.library.stated("7013370500", "PT", "2026-02-10")
    assert stated.rate_text == "as found"
    assert "'as found'" in stated.missing


async def test_before_the_first_revision_nothing_is_in_force(office: Office) -> None:
    stated = office.cases.library.stated("6912004810", "PT", "2025-06-01")
    assert (stated.revision, stated.rate_text) == ("", "")
    assert "2025-06-01" in stated.missing
    refusal = office.cases.tariff_line("6912004810", date(2025, 6, 1))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "no-revision"


async def test_a_change_inside_the_week_is_named(office: Office) -> None:
    await office.take("rev 2", "2026-03-11", ROWS.replace("9.8%", "11%"))
    stated = office.cases.library.stated("6912004810", "PT", "2026-03-07", through="2026-03-14")
    assert (stated.rate_text, stated.later) == ("9.8%", "11% by rev 2, was 9.8%")
    assert office.cases.library.stated("6912004810", "PT", "2026-03-11", through="2026-03-14").later == ""


async def test_a_revision_that_a_layer_names_and_nobody_read_is_waited_for(office: Office) -> None:
    office.cases.library.must_know("rev 1")
    with pytest.raises(Waiting, match="'rev 9'"):
        office.cases.library.must_know("rev 9")


async def test_a_line_is_shown_as_in_force_and_nearest_lines_of_an_unknown_one(office: Office) -> None:
    found = office.cases.tariff_line("6912.00.48.10", date(2026, 2, 10))
    assert not isinstance(found, Refusal)
    assert (found[0], found[1].general.text) == ("rev 1", "9.8%")
    refusal = office.cases.tariff_line("6912.00.48.99", date(2026, 2, 10))
    assert isinstance(refusal, Refusal)
    assert "6912.00.48.10" in refusal.remedy


@pytest.mark.data
async def test_the_official_export_is_imported_in_seconds() -> None:
    folder = os.environ.get("FTZ_DATA")  # noqa: TID251 tests are told where the data files are
    if not folder:
        pytest.skip("FTZ_DATA names no folder: hts_2026_rev4.csv is not read")
    content = (Path(folder) / "hts_2026_rev4.csv").read_bytes()
    office = Office()
    begun = time.perf_counter()
    asked = await office.ask("2026 rev 4", "2026-03-01", content, extract=False)
    assert isinstance(asked, To), asked
    assert time.perf_counter() - begun < 20
    half = await office.ask("half", "2026-04-01", content[: len(content) // 2], extract=False)
    assert isinstance(half, Refusal)
    assert half.place.startswith("hts.csv line")
