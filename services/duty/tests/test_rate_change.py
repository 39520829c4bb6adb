"""Rates that will change for goods on hand (19 CFR 146.65(a)): found when what changes them is loaded."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.duty import RemovalsNoted
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.rates import RateChangeAhead, RateChangeEnded
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.flow.reference import Reference
from ftz_common.testing.story import Story
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.estimates import CountLayer, held
from ftz_duty.domain.measure import Measure, Scope, measure_set
from ftz_duty.domain.measure_book import KnownSet
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.rate_change import RATE_CHANGE, Ahead, Held, LookAhead, days_of_change, differ
from ftz_duty.domain.schedule import Schedule
from ftz_duty.domain.schedule_diff import diff
from ftz_duty.domain.schedule_file import read_csv
from ftz_duty.domain.tariff import Revision, TariffBook
from ftz_duty.usecases import ESTIMATES
from ftz_duty.usecases.library import Library
from ftz_duty.usecases.measures import Measures
from ftz_duty.usecases.rate_changes import RateChanges

STREAM = "estimates/999/acme"
AT = "2026-03-04T15:00:00Z"


def rate(text: str, on: str = "2026-06-30", missing: str = "") -> StatedRate:
    return StatedRate("6912004400", "PT", on, "rev", "general", text, "69120044", missing)


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        (rate("9.8%"), rate("9.8%", "2026-07-01"), False),
        (rate("9.8%"), rate("12%"), True),
        (rate("Free"), rate("12%"), True),
        (rate("1.5¢/kg + 2.8%"), rate("1.5¢/kg+2.8%"), False),  # the same rate in other words
        (rate("9.8%"), rate("", missing="no line of this revision"), True),
        (rate("", missing="not in A"), rate("", missing="not in B"), False),  # another reason for none
    ],
)
def test_terms_differ(was: StatedRate, becomes: StatedRate, expected: bool) -> None:
    assert differ(was, becomes) is expected


def measure(first: str, last: str = "", **scope: Any) -> Measure:
    return Measure(
        "m",
        "section 301",
        "9903.05.01",
        "25%",
        None,
        Scope(("6912",), first=first, last=last, **scope),
        "a test",
    )


@pytest.mark.parametrize(
    ("status", "known", "expected"),
    [
        ("N", [], ["2026-07-01", "2026-09-01"]),
        ("P", [], []),  # a revision does not reach privileged goods (19 CFR 146.65(a)(1))
        ("P", [measure("2026-05-01")], ["2026-05-01"]),
        ("P", [measure("2026-01-01", "2026-07-23")], ["2026-07-24"]),  # its last day is in it
        ("P", [measure("2026-05-01", origins=frozenset({"CN"}))], []),  # goods of another origin
        ("N", [measure("2026-03-04")], ["2026-07-01", "2026-09-01"]),  # that day has begun
    ],
)
def test_days_on_which_a_rate_may_change(status: str, known: list[Measure], expected: list[str]) -> None:
    book = TariffBook(
        tuple(
            Revision(day, date.fromisoformat(day), datetime(2026, 1, 1, tzinfo=UTC), day, Schedule(()))
            for day in ("2026-01-01", "2026-07-01", "2026-09-01")
        )
    )
    sets = [KnownSet("s", datetime(2026, 1, 1, tzinfo=UTC), "sha", measure_set("s", tuple(known)))]
    goods = Held("6912004400", status, "PT", "No.", "2026-02-02" if status == "P" else "")
    assert days_of_change(book, sets, goods, date(2026, 3, 4)) == expected


# ---- what an estimator says ---------------------------------------------------------------------


class Estimator(Story):
    """An estimator with a hundred mugs worth 500.00."""

    def __init__(self, desk: Any, **layer: Any) -> None:
        super().__init__(ESTIMATES, STREAM)
        self.desk = desk
        self.come(**layer)

    def come(self, *, ahead: tuple[Ahead, ...] = (), **layer: Any) -> list[Fact]:
        at = parse_instant(AT)
        return self.tell(CountLayer(self.desk.layer("100", **layer), self.desk.configured, at, ahead), at)

    def look(self, *found: Ahead) -> list[Fact]:
        return self.tell(LookAhead(found), parse_instant(AT))

    def change(self, on: str = "2026-07-01", becomes: str = "12%") -> Ahead:
        return Ahead(held(self.state)[0], on, rate("9.8%"), rate(becomes, on))


def test_a_change_is_said_with_what_is_on_hand_and_a_clock_for_its_day(desk: Any) -> None:
    story = Estimator(desk)
    said, clock = story.look(story.change())
    assert isinstance(said, RateChangeAhead)
    assert isinstance(clock, DeadlineSet)
    assert (said.was, said.becomes, said.on, said.by) == ("9.8%", "12%", "2026-07-01", "rev")
    # 500.00 at 9.8 % and at 12 %
    assert (said.quantity, said.duty_was, said.duty_becomes) == (Decimal(100), Decimal(49), Decimal(60))
    assert (clock.name, clock.due_at) == (RATE_CHANGE, "2026-07-01T05:00:00Z")  # midnight in Chicago


def test_a_change_is_said_once_and_again_when_it_is_another(desk: Any) -> None:
    story = Estimator(desk)
    story.look(story.change())
    assert not [f for f in story.look(story.change()) if isinstance(f, RateChangeAhead)]
    again = story.look(story.change(becomes="15%"))
    assert [type(f) for f in again] == [RateChangeAhead]  # its clock runs already


def test_what_a_later_import_no_longer_says_is_taken_back(desk: Any) -> None:
    story = Estimator(desk)
    story.look(story.change())
    (ended,) = story.look()
    assert isinstance(ended, RateChangeEnded)
    assert story.state.ahead == {}


def test_on_its_day_it_is_no_longer_ahead(desk: Any) -> None:
    story = Estimator(desk)
    _, clock = story.look(story.change())
    assert isinstance(clock, DeadlineSet)
    (ended,) = story.tell(clock, parse_instant(clock.due_at))
    assert isinstance(ended, RateChangeEnded)
    assert ended.how == "in force since 2026-07-01: 12%"
    assert [type(f).__name__ for f in story.tell(clock, parse_instant(clock.due_at))] == ["Noted"]


def test_of_goods_that_left_no_rate_changes(desk: Any) -> None:
    story = Estimator(desk)
    story.look(story.change())
    some = story.tell(left(desk, "40"), parse_instant(AT))
    assert not [f for f in some if isinstance(f, RateChangeEnded)]
    rest = story.tell(left(desk, "60"), parse_instant(AT))
    assert [f.how for f in rest if isinstance(f, RateChangeEnded)] == [
        "none of these goods is on hand any more"
    ]


def test_goods_that_come_later_meet_a_change_that_is_known(desk: Any) -> None:
    story = Estimator(desk)
    told = story.come(ahead=(story.change(),))
    assert [f.quantity for f in told if isinstance(f, RateChangeAhead)] == [Decimal(200)]


def test_privileged_layers_are_looked_at_by_their_filing_dates(desk: Any) -> None:
    story = Estimator(desk, status="P", pf_filed_on="2026-03-02")
    story.come(status="P", pf_filed_on="2026-03-03")
    assert [h.pf_filed_on for h in held(story.state)] == ["2026-03-02", "2026-03-03"]


def left(desk: Any, quantity: str) -> RemovalsNoted:
    value = Decimal(quantity) * 5
    line = desk.estimate_line(quantity, value=value)
    return RemovalsNoted(to=STREAM, reference="entry", lines=[line])


# ---- the real schedules -------------------------------------------------------------------------


def _real(name: str) -> bytes:
    folder = os.getenv("FTZ_DATA")
    if not folder:
        pytest.skip(f"{name}: FTZ_DATA names no folder of public data files")
    return (Path(folder) / name).read_bytes()


@pytest.mark.data
async def test_between_the_two_real_schedules_it_finds_what_their_diff_finds() -> None:
    """Each final line is looked at on both days; the diff compares the files. Both name the same lines."""
    reference, blobs = Reference(), MemoryBlobs()
    library = Library(reference, blobs)
    schedules: list[Schedule] = []
    for name, effective in (("hts_2025-12-01.csv", "2025-12-01"), ("hts_2026_rev4.csv", "2026-03-01")):
        content = _real(name)
        read = read_csv(content)
        assert isinstance(read, Schedule)
        schedules.append(read)
        fact = TariffRevisionImported(
            revision=name,
            effective_from=effective,
            sha256=await blobs.put(content),
            lines=len(read),
            file_name=name,
        )
        await library._fetch(fact)
        reference.revisions.append((fact, f"{effective}T00:00:00Z"))
    before, after = schedules
    changes = RateChanges(library, Measures(reference, blobs, library))
    goods = [Held(line.number, "N", "PT", "kg") for line in before if line.final]
    # Measures() took over the reference's hooks; the revisions are read.
    found = {ahead.goods.number for ahead in changes.ahead("acme", goods, date(2026, 2, 1))}
    said = diff(before, after)
    rates = {c.number for c in said.rates if c.column == "general" and before.lines[c.number].final}
    gone = {
        d.line.number
        for d in said.deleted
        if d.line.final and before.line(d.line.number) and before.lines[d.line.number].cell("general").text
    }
    assert found == rates | gone
    assert len(found) > 60
