"""A weekly entry compiled: actual removals only, each line priced by the right date, one fee."""

from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryLinesCompiled,
    PricesRequested,
    RemovalsNoted,
    WeekEnded,
)
from ftz_duty.domain.entry_compile import Compile

BEFORE = "2026-03-07T18:00:00Z"
BOWL = "6911103750"


def test_week_and_grace_end_by_the_local_clock_and_the_summary_is_due_on_the_tenth_working_day(
    desk: Any,
) -> None:
    story = desk.released()
    ended, grace = story.due("week-ends")
    assert isinstance(ended, WeekEnded)
    # Nobody has agreed with the port from where the ten working days run: the release of the 7th is earlier.
    assert ended.summary_due_on == "2026-03-20"
    assert "summary_clock" in ended.clock
    assert isinstance(grace, DeadlineSet)
    # Saturday the 14th is the last day; Monday and Tuesday are the grace.
    assert (grace.name, grace.due_at) == ("compile", "2026-03-18T05:00:00Z")


@pytest.mark.parametrize(
    ("week", "closures", "due_on", "why"),
    [
        ("2026-11-22", [], "2026-12-11", "from Saturday 28 November: ten working days, no holiday after it"),
        ("2026-11-15", [], "2026-12-07", "Thanksgiving is no working day"),
        ("2026-03-08", ["2026-03-16"], "2026-03-30", "a closure of the port is none either"),
    ],
)
def test_due_day_of_a_summary(desk: Any, week: str, closures: list[str], due_on: str, why: str) -> None:
    story = desk.entry(week)
    story.tell(
        desk.proposal(desk.estimate_line(), week=week, closures=closures), desk.at(f"{week}T00:00:00Z")
    )
    assert story.due("week-ends")[0].summary_due_on == due_on, why


@pytest.mark.parametrize(
    ("agreed", "due_on", "why"),
    [
        ("", "2026-03-20", "not agreed: the earlier"),
        ("release", "2026-03-20", "ten working days after the release of Saturday the 7th"),
        ("week-end", "2026-03-27", "ten working days after Saturday the 14th"),
    ],
)
def test_from_where_the_summarys_days_run_is_the_zones_to_say(
    desk: Any, agreed: str, due_on: str, why: str
) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line(), summary_clock=agreed), desk.at(BEFORE))
    story.assign()
    story.answer(1, at=BEFORE)
    assert story.due("week-ends")[0].summary_due_on == due_on, why


def test_estimate_of_a_hundred_and_thirty_removed_enters_thirty(desk: Any) -> None:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("10", "50")), desk.at("2026-03-10"))
    story.tell(desk.offer("w-2", desk.priced("20", "100.25")), desk.at("2026-03-11"))
    story.tell(desk.total("30", 2), desk.at("2026-03-16"))
    asked = story.closed()[-1]
    assert isinstance(asked, PricesRequested)
    assert (asked.entry_date, asked.through) == ("2026-03-07", "2026-03-14")
    assert [(w.number, w.origin, w.on) for w in asked.wanted] == [(desk.mug, "PT", "2026-03-07")]

    part, compiled, filed, removed = story.answer_prices()
    assert isinstance(part, EntryLinesCompiled)
    (line,) = part.lines
    assert (line.quantity, line.entered_value, line.duty, line.layers) == (
        Decimal(30),
        Decimal(150),
        Decimal("14.70"),
        1,
    )
    assert line.how == "9.8% × $150 = $14.7"
    assert isinstance(compiled, EntryCompiled)
    assert (compiled.entered_value, compiled.duty, compiled.mpf, compiled.total) == (
        Decimal(150),
        Decimal("14.70"),
        Decimal("33.58"),
        Decimal("48.28"),
    )
    assert (compiled.entry_date, compiled.fee_year, compiled.payable) == ("2026-03-07", 2026, False)
    assert compiled.covers == "column 1 general and MPF only; additional duties not evaluated; not payable"
    assert (filed.kind, filed.attempt, filed.lines[0].value) == ("7501", 2, Decimal(150))
    assert isinstance(removed, RemovalsNoted)
    assert [(r.quantity, r.value) for r in removed.lines] == [(Decimal(30), Decimal("150.25"))]


def test_an_estimate_under_which_nothing_left_was_never_entered(desk: Any) -> None:
    story = desk.released()
    story.due("week-ends")
    (waits,) = story.due("compile")
    assert waits.differences == [
        f"{desk.mug} status N origin PT in No.: inventory has not counted this week's removals yet"
    ]
    _, compiled, noted = story.tell(desk.total("0", 0), desk.at("2026-03-18T07:00:00Z"))
    assert noted.lines == []  # a week without removals is one that estimates look back at
    assert isinstance(compiled, EntryCompiled)
    assert (compiled.line_count, compiled.duty, compiled.mpf, compiled.total) == (0, 0, 0, 0)
    assert "never entered" in compiled.not_filed
    assert not story.filings("7501")


def test_a_rejected_estimate_needs_no_count(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.assign()
    story.answer(1, accepted=False)
    assert isinstance(story.closed()[-2], EntryCompiled)


def test_npf_is_priced_at_entry_and_pf_by_its_own_date(desk: Any) -> None:
    story = desk.released()
    pieces = (
        desk.priced("400", "10000", layer="npf", rate_text="4%"),
        desk.priced("400", "10000", layer="pf", status="P", pf_filed_on="2026-01-05", rate_text="6%"),
    )
    story.tell(desk.offer("w-1", *pieces), desk.at("2026-03-10"))
    story.tell(desk.total("400", 1), desk.at("2026-03-16"))
    story.tell(desk.total("400", 1, f"{desk.mug}/P/PT/No."), desk.at("2026-03-16"))
    asked = story.closed()[-1]
    assert [w.on for w in asked.wanted] == ["2026-01-05", "2026-03-07"]
    story.rates = {f"{desk.mug}@2026-01-05": "6%", f"{desk.mug}@2026-03-07": "8%"}
    story.answer_prices()
    assert [(line.status, line.pf_filed_on, line.rate_text, line.duty) for line in story.lines()] == [
        ("N", None, "8%", Decimal("800.00")),
        ("P", "2026-01-05", "6%", Decimal("600.00")),
    ]


def test_lines_are_split_by_everything_that_makes_a_line(desk: Any) -> None:
    story = desk.released()
    pieces = (
        desk.priced("1", "10", layer="a"),
        desk.priced("2", "20", layer="b"),
        desk.priced("4", "40", layer="c", origin="CN"),
        desk.priced("8", "80", layer="d", status="P", pf_filed_on="2026-01-05"),
        desk.priced("16", "160", layer="e", status="P", pf_filed_on="2026-02-05"),
        desk.priced("32", "320", layer="f", number=BOWL),
        desk.priced("64", "640", layer="g", unit="kg"),
    )
    story.tell(desk.offer("w-1", *pieces), desk.at("2026-03-10"))
    for key, quantity in {
        f"{desk.mug}/N/PT/No.": "3",
        f"{desk.mug}/N/CN/No.": "4",
        f"{desk.mug}/P/PT/No.": "24",
        f"{BOWL}/N/PT/No.": "32",
        f"{desk.mug}/N/PT/kg": "64",
    }.items():
        story.tell(desk.total(quantity, 1, key), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    assert [
        (x.line, x.number, x.status, x.pf_filed_on, x.origin, x.unit, int(x.quantity)) for x in story.lines()
    ] == [
        (1, BOWL, "N", None, "PT", "No.", 32),
        (2, desk.mug, "N", None, "CN", "No.", 4),
        (3, desk.mug, "N", None, "PT", "No.", 3),
        (4, desk.mug, "N", None, "PT", "kg", 64),
        (5, desk.mug, "P", "2026-01-05", "PT", "No.", 8),
        (6, desk.mug, "P", "2026-02-05", "PT", "No.", 16),
    ]  # fmt: skip


def test_a_second_quantity_counts_only_when_every_piece_has_it(desk: Any) -> None:
    story = desk.released(desk.estimate_line("100"), desk.estimate_line("100", number=BOWL))
    kilo = [desk.measure("kg", "0.35")]
    pieces = (
        desk.priced("10", "50", layer="a", measures=kilo),
        desk.priced("20", "80", layer="b", measures=[desk.measure("kg", "0.4")]),
        desk.priced("10", "50", layer="c", number=BOWL, measures=kilo),
        desk.priced("20", "80", layer="d", number=BOWL),
    )
    story.tell(desk.offer("w-1", *pieces), desk.at("2026-03-10"))
    story.tell(desk.total("30", 1), desk.at("2026-03-16"))
    story.tell(desk.total("30", 1, f"{BOWL}/N/PT/No."), desk.at("2026-03-16"))
    story.closed()
    story.rates = {desk.mug: "$2/kg", BOWL: "$2/kg"}
    told = story.answer_prices()
    bowls, mugs = story.lines()
    assert (mugs.duty, [(m.unit, m.quantity) for m in mugs.measures]) == (
        Decimal("23.00"),
        [("kg", Decimal("11.5"))],
    )
    assert (bowls.duty, bowls.measures) == (None, [])
    assert "needs quantity mass in kg" in bowls.not_priced
    compiled = told[1]
    assert isinstance(compiled, EntryCompiled)
    assert (compiled.duty, compiled.unpriced) == (Decimal("23.00"), 1)
    assert compiled.not_filed == "line 1 has no duty figure: a person must supply it"
    assert any(
        text.startswith("no duty figure: ") and text.endswith("line 1") for text in compiled.not_evaluated
    )
    assert not story.filings("7501")


def test_lines_that_chapter_99_may_touch_are_named_one_by_one(desk: Any) -> None:
    story = desk.released()
    pieces = (desk.priced("1", "10"), desk.priced("2", "20", layer="b", origin="CN"))
    story.tell(desk.offer("w-1", *pieces), desk.at("2026-03-10"))
    story.tell(desk.total("1", 1), desk.at("2026-03-16"))
    story.tell(desk.total("2", 1, f"{desk.mug}/N/CN/No."), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    china, portugal = story.lines()
    assert "section 301 on products of China" in china.chapter_99
    assert "chapter 99 may add duty" in portugal.chapter_99
    named = story.last(EntryCompiled).not_evaluated
    assert [text.rsplit(": ", 1)[1] for text in named[:2]] == ["line 1", "line 2"]


def test_a_rate_that_changes_inside_the_week_is_named_and_not_met(desk: Any) -> None:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("1", "10")), desk.at("2026-03-10"))
    story.tell(desk.total("1", 1), desk.at("2026-03-16"))
    story.closed()
    asked = story.last(PricesRequested)
    rate = desk.rate("4%", on="2026-03-07", later="6% by rev 5, was 4%")
    story.tell(Compile(asked.round, "rev 4", (rate,)), desk.at("2026-03-18"))
    assert story.lines()[0].duty == Decimal("0.40")
    assert any(
        "6% by rev 5" in text and "19 CFR 141.68" in text for text in story.last(EntryCompiled).not_evaluated
    )


@pytest.mark.parametrize(
    ("week", "released", "year", "mpf"),
    [
        ("2026-09-27", "2026-09-26T18:00:00Z", 2026, "651.50"),
        ("2026-09-27", "2026-10-01T12:00:00Z", 2027, "670.86"),
        ("2026-09-27", "2026-10-01T04:59:00Z", 2026, "651.50"),
    ],
)
def test_the_fee_year_is_that_of_the_local_entry_date(
    desk: Any, week: str, released: str, year: int, mpf: str
) -> None:
    """A week holds the turn of the fiscal year; 04:59 UTC is still 30 September in Chicago."""
    story = desk.released(week=week, at=released)
    story.tell(desk.offer("w-1", desk.priced("10", "1200000"), week=week), desk.at("2026-10-02"))
    story.tell(desk.total("10", 1, week=week), desk.at("2026-10-05"))
    story.closed()
    story.answer_prices()
    compiled = story.last(EntryCompiled)
    assert (compiled.fee_year, compiled.mpf) == (year, Decimal(mpf))
