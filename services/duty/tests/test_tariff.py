"""The tariff through time: which revision, which column, which refusal."""

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ftz_duty.domain.rate import Free
from ftz_duty.domain.rate_text import read_rate
from ftz_duty.domain.schedule import Schedule
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.schedule_file import read_csv
from ftz_duty.domain.tariff import NoRate, Quote, Revision, TariffBook

HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties\n"
)
ROWS = """\
0901,0,Coffee,,,,,,
0901.11.00,1,Not decaffeinated,,6%,"Free (A*,AU,KR,P+,S) 3% (JP)",33 1/3%,,
0901.11.00.45,2,Other,"[""kg""]",,,,,
0901.12.00.00,1,Decaffeinated,"[""kg""]",5% on the lid,Free (KR),,,
9817.22.05,0,Rum,,,Free,,,
"""


def _schedule(rows: str = ROWS) -> Schedule:
    read = read_csv((HEADER + rows).encode(), extract=True)
    assert isinstance(read, Schedule), read
    return read


def _at(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=UTC)


def _revision(name: str, effective: date, recorded: int, rows: str = ROWS, sha: str = "") -> Revision:
    return Revision(name, effective, _at(recorded), sha or name, _schedule(rows))


def _book(*revisions: Revision, accept: tuple[str, ...] = ()) -> TariffBook:
    book = TariffBook()
    for revision in revisions:
        added = book.add(revision, accept)
        assert isinstance(added, TariffBook), added
        book = added
    return book


FIRST = _revision("2026 rev 1", date(2026, 1, 1), 1)
SECOND = _revision("2026 rev 2", date(2026, 2, 1), 20, ROWS.replace("6%", "8%"))
BOOK = _book(FIRST, SECOND)
COFFEE = "0901.11.00.45"


def _quoted(
    number: str = COFFEE,
    origin: str = "BR",
    programme: str = "",
    as_of: date = date(2026, 1, 15),
    known: int = 31,
) -> Quote:
    quote = BOOK.rate(number, origin, programme, as_of, _at(known))
    assert isinstance(quote, Quote), quote
    return quote


def _refused(
    number: str = COFFEE,
    origin: str = "BR",
    programme: str = "",
    as_of: date = date(2026, 1, 15),
    known: int = 31,
) -> NoRate:
    refused = BOOK.rate(number, origin, programme, as_of, _at(known))
    assert isinstance(refused, NoRate), refused
    assert refused.citation
    assert refused.action
    return refused


@pytest.mark.parametrize(
    ("as_of", "known", "revision", "percent"),
    [
        (date(2026, 1, 1), 31, "2026 rev 1", 6),  # first day in force
        (date(2026, 1, 31), 31, "2026 rev 1", 6),  # last day
        (date(2026, 2, 1), 31, "2026 rev 2", 8),  # the day a revision changes
        (date(2030, 1, 1), 31, "2026 rev 2", 8),
        (date(2026, 2, 1), 19, "2026 rev 1", 6),  # before the second was known
        (date(2026, 2, 1), 20, "2026 rev 2", 8),
    ],
)
def test_the_revision_is_chosen_by_both_times(as_of: date, known: int, revision: str, percent: int) -> None:
    quote = _quoted(as_of=as_of, known=known)
    assert (quote.revision, quote.rate) == (revision, read_rate(f"{percent}%"))
    assert (quote.cell.stated_at, quote.line.number) == ("09011100", "0901110045")


@pytest.mark.parametrize(
    ("as_of", "known", "reason"),
    [
        (date(2025, 12, 31), 31, "no revision of the schedule covers 2025-12-31 as known at "
         "2026-01-31T12:00:00+00:00: the first takes effect on 2026-01-01"),
    ],
)  # fmt: skip
def test_a_date_that_no_revision_covers(as_of: date, known: int, reason: str) -> None:
    refused = _refused(as_of=as_of, known=known)
    assert (refused.code, refused.reason) == ("no revision", reason)


def test_an_empty_book_covers_nothing() -> None:
    refused = TariffBook().rate(COFFEE, "BR", "", date(2026, 1, 1), _at(1))
    assert isinstance(refused, NoRate)
    assert refused.code == "no revision"


def test_a_correction_counts_from_when_it_was_recorded() -> None:
    corrected = _revision("2026 rev 1", date(2026, 1, 1), 25, ROWS.replace("6%", "7%"), sha="corrected")
    refused = BOOK.add(corrected)
    assert isinstance(refused, Refused)
    assert [problem.code for problem in refused.problems] == ["replaces", "older"]
    book = BOOK.add(corrected, ("replaces", "older"))
    assert isinstance(book, TariffBook)
    for known, percent in ((24, 6), (25, 7)):
        quote = book.rate(COFFEE, "BR", "", date(2026, 1, 15), _at(known))
        assert isinstance(quote, Quote)
        assert quote.rate == read_rate(f"{percent}%")


@pytest.mark.parametrize(
    ("revision", "accept", "codes"),
    [
        (_revision("2026 rev 2", date(2026, 2, 1), 21, ROWS), (), ["loaded"]),
        (_revision("2026 rev 2", date(2026, 2, 1), 21, ROWS), ("loaded",), ["loaded"]),
        (_revision("2026 rev 2", date(2026, 2, 1), 21, sha="other"), (), ["replaces"]),
        (_revision("2026 rev 2b", date(2026, 2, 1), 21), (), ["replaces"]),
        (_revision("2026 rev 2", date(2026, 2, 5), 21), (), ["replaces"]),
        (_revision("2025 rev 9", date(2025, 9, 1), 21), (), ["older"]),
        (_revision("2026 rev 3", date(2026, 3, 1), 19), ("clock",), ["clock"]),
        (_revision("2026 rev 3", date(2026, 3, 1), 21, ROWS.replace("6%", "250%")), (), ["high rate"]),
        (_revision("2026 rev 3", date(2026, 3, 1), 21, ROWS.rsplit("9817", 1)[0]), (), ["shrunk"]),
        (
            _revision("2026 rev 3", date(2026, 3, 1), 21, ROWS.replace("0901.12.00.00", "0901.19.00.00")),
            (),
            ["shrunk"],
        ),
    ],
)
def test_an_odd_revision_is_refused_and_the_book_stays(
    revision: Revision, accept: tuple[str, ...], codes: list[str]
) -> None:
    refused = BOOK.add(revision, accept)
    assert isinstance(refused, Refused)
    assert [problem.code for problem in refused.problems] == codes
    assert BOOK.revisions == (FIRST, SECOND)


def test_a_person_may_accept_an_oddity() -> None:
    high = _revision("2026 rev 3", date(2026, 3, 1), 21, ROWS.replace("6%", "250%"))
    assert isinstance(BOOK.add(high, ("high rate",)), TariffBook)
    assert isinstance(BOOK.add(_revision("2025 rev 9", date(2025, 9, 1), 21), ("older",)), TariffBook)


def test_a_time_without_offset_is_refused() -> None:
    naive = Revision("x", date(2026, 3, 1), datetime(2026, 1, 21), "x", _schedule())  # noqa: DTZ001 - the case
    refused = BOOK.add(naive)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == "clock"


@pytest.mark.parametrize(
    ("origin", "programme", "column", "rate", "citation"),
    [
        ("BR", "", "general", "6%", "HTSUS general note 3(a)"),
        ("KR", "", "general", "6%", "HTSUS general note 3(a)"),  # a programme counts only when claimed
        ("KR", "KR", "special", "Free", "HTSUS general note 33"),
        ("MX", "S", "special", "Free", "HTSUS general note 11"),
        ("CA", "S", "special", "Free", "HTSUS general note 11"),
        ("GT", "P+", "special", "Free", "HTSUS general note 29"),
        ("IN", "A*", "special", "Free", "HTSUS general note 4(d)"),
        ("JP", "JP", "special", "3%", "HTSUS general note 36"),
        ("CU", "", "column2", "33 1/3%", "HTSUS general note 3(b)"),
        ("KP", "", "column2", "33 1/3%", "HTSUS general note 3(b)"),
        ("RU", "", "column2", "33 1/3%", "HTSUS general note 3(b); Pub. L. 117-110"),
        ("BY", "", "column2", "33 1/3%", "HTSUS general note 3(b); Pub. L. 117-110"),
    ],
)
def test_the_column_goes_by_origin_and_claim(
    origin: str, programme: str, column: str, rate: str, citation: str
) -> None:
    quote = _quoted(origin=origin, programme=programme)
    assert (quote.column, quote.rate, quote.programme) == (column, read_rate(rate), programme)
    assert citation in quote.citations
    assert bool(quote.unchecked) == (column == "special")


@pytest.mark.parametrize(
    ("origin", "as_of", "column"),
    [
        ("RU", date(2022, 4, 8), "general"),
        ("RU", date(2022, 4, 9), "column2"),
        ("BY", date(2022, 4, 8), "general"),
        ("BY", date(2022, 4, 9), "column2"),
        ("CU", date(2022, 4, 8), "column2"),
    ],
)
def test_column_2_countries_are_dated(origin: str, as_of: date, column: str) -> None:
    book = _book(_revision("2022", date(2022, 1, 1), 1))
    quote = book.rate(COFFEE, origin, "", as_of, _at(2))
    assert isinstance(quote, Quote)
    assert quote.column == column


@pytest.mark.parametrize(
    ("origin", "programme", "reason"),
    [
        ("RU", "KR", "products of RU take column 2 rates on 2026-01-15: no programme can be claimed"),
        ("AU", "BH", "0901.11.00.45 does not list BH in its Special cell, only A*, AU, KR, P+, S, JP"),
        ("IN", "A", "0901.11.00.45 does not list A in its Special cell, only A*, AU, KR, P+, S, JP"),
        ("CN", "KR", "KR (Korea FTA) is for goods of KR, not of CN"),
        ("US", "S", "S (United States-Mexico-Canada Agreement) is for goods of CA, MX, not of US"),
    ],
)
def test_a_claim_that_fails_on_its_face(origin: str, programme: str, reason: str) -> None:
    refused = _refused(origin=origin, programme=programme)
    assert (refused.code, refused.reason) == ("programme", reason)


@pytest.mark.parametrize("origin", ["", "B", "br", "BRA", "B1", "ÄÖ"])
def test_an_origin_is_a_country_code(origin: str) -> None:
    assert _refused(origin=origin).code == "origin"


def test_an_unknown_number_names_successors_and_kin() -> None:
    book = TariffBook(BOOK.revisions, {"0901110010": ("0901110045",)})
    refused = book.rate("0901.11.00.10", "BR", "", date(2026, 1, 15), _at(31))
    assert isinstance(refused, NoRate)
    assert refused.code == "unknown number"
    assert refused.reason == "0901.11.00.10 is not in this revision (2026 rev 1)"
    assert (refused.successors, refused.nearest) == (("0901110045",), ("0901110045",))


@pytest.mark.parametrize(
    ("number", "origin", "programme", "code", "reason"),
    [
        ("0901", "BR", "", "not a rate line", "0901 is a heading: rates stand on lines of eight digits"),
        ("coffee", "BR", "", "unknown number",
         "'coffee' is not a tariff number: 4, 6, 8 or 10 digits, with or without dots (2026 rev 1)"),
        ("0901.12.00.00", "BR", "", "unread rate",
         "the rate '5% on the lid' of 0901.12.00.00 is not understood: "
         "unknown basis of a percentage in '5% on the lid'"),
        ("0901.12.00.00", "CU", "", "no rate stated",
         "0901.12.00.00 states no column2 rate in 2026 rev 1, only: general, special"),
        ("9817.22.05", "BR", "", "no rate stated",
         "9817.22.05 states no general rate in 2026 rev 1, only: special"),
    ],
)  # fmt: skip
def test_what_has_no_rate(number: str, origin: str, programme: str, code: str, reason: str) -> None:
    refused = _refused(number, origin, programme)
    assert (refused.code, refused.reason) == (code, reason)


def test_an_eight_digit_number_is_quoted_too() -> None:
    assert _quoted("0901.11.00").rate == read_rate("6%")
    assert _quoted("9817.22.05", "MX", "S").rate == Free()


CHOSEN: list[tuple[str, str, str, str]] = [
    ("0901.21.00.40", "BR", "", "Free"),
    ("6109.10.00.12", "CN", "", "16.5%"),
    ("6109.10.00.12", "RU", "", "90%"),
    ("6109.10.00.12", "KR", "KR", "Free"),
    ("2401.10.65.30", "BR", "", "350%"),
]


@pytest.mark.data
def test_the_real_tariff() -> None:
    folder = os.getenv("FTZ_DATA")
    if not folder:
        pytest.skip("hts_2026_rev4.csv: FTZ_DATA names no folder of public data files")
    book = TariffBook()
    for name, effective in (
        ("hts_2025-12-01.csv", date(2025, 12, 1)),
        ("hts_2026_rev4.csv", date(2026, 2, 1)),
    ):
        schedule = read_csv((Path(folder) / name).read_bytes())
        assert isinstance(schedule, Schedule)
        added = book.add(Revision(name, effective, _at(1), name, schedule))
        assert isinstance(added, TariffBook)
        book = added
    for number, origin, programme, text in CHOSEN:
        quote = book.rate(number, origin, programme, date(2026, 3, 1), _at(2))
        assert isinstance(quote, Quote), quote
        assert quote.rate == read_rate(text)
    began = time.perf_counter()
    for _ in range(10_000):
        book.rate("6109.10.00.12", "CN", "", date(2026, 3, 1), _at(2))
    assert time.perf_counter() - began < 2
