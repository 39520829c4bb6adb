"""Real products, a real schedule: 317 parts, ten shipments, 5,000 orders, four weekly entries."""

import asyncio
import csv
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ftz_cli.expect import facts_of
from ftz_cli.play import Player
from ftz_cli.world import embedded
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.web.app import make_app

from .products import ORDERS, REFUSED, SHIPMENTS, WEEKS, read_products, scenario

DATA = os.environ.get("FTZ_DATA", "")  # noqa: TID251 tests say themselves where public data lies
SCHEDULE = "hts_2026_rev4.csv"
PRODUCTS = "hscodecomp_dev.jsonl"

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA, reason=f"FTZ_DATA is not set: the folder that holds {SCHEDULE} and {PRODUCTS}"
    ),
]

#: Worked by hand from records, orders and schedule: week, number, status, origin; quantity, value in whole
#: dollars, rate text, duty ("" where no figure can be given).
WORKED = [
    # 66 at 19.81: 1307.46.
    ("2026-02-15", "3303003000", "N", "CN", "66", "1307", "Free", "0.00"),
    # 16 at 9.11: 145.76.
    ("2026-02-22", "3304200000", "P", "CN", "16", "146", "Free", "0.00"),
    # 12 at 3.01: 36.12; 36 x 6 %.
    ("2026-03-01", "3307490000", "N", "CN", "12", "36", "6%", "2.16"),
    # 65 at 1.64: 106.60; 107 x 3.1 % = 3.317.
    ("2026-02-08", "3917320010", "P", "CN", "65", "107", "3.1%", "3.32"),
    # 12 at 4.99: 59.88; 60 x 4.2 %.
    ("2026-02-15", "3920620050", "N", "CN", "12", "60", "4.2%", "2.52"),
    # 9 at 14.47: 130.23; 130 x 5.3 %.
    ("2026-02-22", "3925900000", "P", "CN", "9", "130", "5.3%", "6.89"),
    # 11 at 22.98: 252.78; 253 x 6.5 % = 16.445, half up.
    ("2026-03-01", "3926903500", "N", "CN", "11", "253", "6.5%", "16.45"),
    # 69 at 1.40: 96.60; 97 x 5.3 % = 5.141.
    ("2026-02-08", "3926909987", "N", "CN", "69", "97", "5.3%", "5.14"),
    # 7 at 18.96: 132.72; 133 x 2.4 % = 3.192.
    ("2026-02-15", "4201003000", "P", "CN", "7", "133", "2.4%", "3.19"),
    # 21 at 5.00; 105 x 9 %.
    ("2026-02-22", "4202219000", "P", "CN", "21", "105", "9%", "9.45"),
    # 8 at 108.81: 870.48; 8 x 0.4 kg x 38.6 cents = 1.2352, and 870 x 10 %.
    ("2026-03-01", "6103310000", "N", "CN", "8", "870", "38.6¢/kg + 10%", "88.24"),
    # 9 at 24.08: 216.72; the rate is that of each garment of the ensemble: nobody told which.
    (
        "2026-02-08",
        "6104230042",
        "N",
        "CN",
        "9",
        "217",
        "The rate applicable to each garment in the ensemble if separately entered",
        "",
    ),
    # 15 at 6.48: 97.20; 15 x 0.32 kg x 20 cents = 0.96, and 97 x 7 % = 6.79.
    ("2026-02-22", "6505006090", "N", "CN", "15", "97", "20¢/kg + 7%", "7.75"),
    # 11 at 6.09: 66.99; the record says no weight.
    ("2026-03-01", "6505008090", "P", "CN", "11", "67", "18.7¢/kg + 6.8%", ""),
    # 12 at 6.73: 80.76; 12 x 0.1 kg x 20.7 cents = 0.2484, and 81 x 7.5 % = 6.075, half up.
    ("2026-02-08", "6505009089", "N", "CN", "12", "81", "20.7¢/kg + 7.5%", "6.33"),
    # 10 at 37.91: 379.10; the rate of the article of the set that has the highest.
    (
        "2026-02-15",
        "8205906000",
        "N",
        "CN",
        "10",
        "379",
        "The rate of duty applicable to that article in the set subject to the highest rate of duty",
        "",
    ),
    # 60 at 20.35; 60 x 0.4 cents = 0.24, and 1221 x 6.1 % = 74.481.
    ("2026-02-22", "8211929030", "N", "CN", "60", "1221", "0.4¢ each + 6.1%", "74.72"),
    # 3 at 30.00; 3 x 0.4 cents = 0.012, and 90 x 6.1 %.
    ("2026-03-01", "8211929045", "N", "CN", "3", "90", "0.4¢ each + 6.1%", "5.50"),
    # 14 at 5.00; 14 x 3 cents, and 70 x 5.4 %.
    ("2026-02-08", "8211930035", "N", "CN", "14", "70", "3¢ each + 5.4%", "4.20"),
    # 64 at 5.00; 64 x 3.6 cents = 2.304, and 320 x 7.6 %.
    ("2026-02-22", "9111204000", "N", "CN", "64", "320", "3.6¢ each + 7.6%", "26.62"),
]


@dataclass
class Played:
    """What the month came to. `facts` by type, in the order of their streams."""

    var: Path
    unexpected: list[str]
    facts: dict[str, list[tuple[str, dict[str, Any]]]]

    def of(self, short: str) -> list[tuple[str, dict[str, Any]]]:
        """Stream and data of the facts of a type."""
        return self.facts.get(f"ftz.{short}.v1", [])

    def lines(self) -> list[tuple[str, dict[str, Any]]]:
        """The week and the content of every entry line."""
        return [
            (stream.rsplit("/", 1)[1], line)
            for stream, part in self.of("duty.entrylines.compiled")
            for line in part["lines"]
        ]


def final_numbers(schedule: Path) -> frozenset[str]:
    """Numbers of eight or ten digits below which nothing stands."""
    with schedule.open(encoding="utf-8-sig", newline="") as file:
        digits = sorted({row["HTS Number"].replace(".", "") for row in csv.DictReader(file)} - {""})
    following = [*digits[1:], ""]
    return frozenset(
        number
        for number, after in zip(digits, following, strict=True)
        if len(number) in (8, 10) and not after.startswith(number)
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    var = tmp_path_factory.mktemp("var")
    schedule = Path(DATA) / SCHEDULE
    loaded = scenario(read_products(Path(DATA) / PRODUCTS), schedule, final_numbers(schedule))

    async def play() -> Played:
        world = embedded(Settings(var=str(var)), PlayedClock(loaded.start), loaded.cbp())
        app = make_app(world.services, [s.api for s in world.services if s.api is not None])
        player = Player(world, loaded, app)
        try:
            await player.play()
            facts: dict[str, list[tuple[str, dict[str, Any]]]] = {}
            for fact_type, stream, data in await facts_of(world):
                facts.setdefault(fact_type, []).append((stream, data))
        finally:
            await world.close()
        return Played(var, player.unexpected, facts)

    return asyncio.run(play())


def test_the_experts_numbers_are_approved_but_those_that_the_revision_lacks(played: Played) -> None:
    approved, refused = (
        played.of("classification.part.classified"),
        played.of("classification.command.refused"),
    )
    print(f"parts: {len(played.of('classification.part.recorded'))}")
    print(f"decisions: {len(approved)} approved, {len(refused)} refused")
    for stream, refusal in refused:
        print(f"  {stream}: {refusal['reason']}; {refusal['remedy']}")
    assert played.unexpected == []
    assert (len(approved), len(refused)) == (314, 3)
    assert {refusal["code"] for _, refusal in refused} == {REFUSED}
    assert sorted(refusal["reason"].split(" ")[0] for _, refusal in refused) == [
        "8507.60.00.20",
        "8507.60.00.20",
        "8542.39.00.60",
    ]


def test_ten_shipments_are_filed_and_received_and_5000_orders_leave(played: Played) -> None:
    assert len(played.of("admissions.admission.concurred")) == SHIPMENTS
    assert len(played.of("inventory.layer.opened")) == 314
    assert len(played.of("inventory.order.recorded")) == ORDERS
    shipped = [taken for _, taken in played.of("inventory.order.taken") if taken["what"] == "shipped"]
    assert len(shipped) == ORDERS
    assert played.of("inventory.draw.suspended") == []
    assert played.of("inventory.removal.uncovered") == []
    ordered = sum(
        Decimal(line["quantity"])
        for _, order in played.of("inventory.order.recorded")
        for line in order["lines"]
    )
    drawn = sum(
        Decimal(piece["quantity"])
        for _, draw in played.of("inventory.stock.drawn")
        for piece in draw["pieces"]
    )
    assert drawn == ordered


def test_four_weekly_entries_say_what_they_could_price_and_why_not(played: Played) -> None:
    compiled = {entry["week"]: entry for _, entry in played.of("duty.entry.compiled") if entry["line_count"]}
    assert sorted(compiled) == [week.isoformat() for week in WEEKS]
    lines = played.lines()
    unpriced = [line for _, line in lines if line["duty"] is None]
    print(f"entry lines: {len(lines)}; priced {len(lines) - len(unpriced)}, not priced {len(unpriced)}")
    for why, count in Counter(line["not_priced"] for line in unpriced).most_common():
        print(f"  {count}: {why}")
    for week, entry in sorted(compiled.items()):
        of_week = [line for its_week, line in lines if its_week == week]
        print(
            f"{week}: {entry['line_count']} lines, value {entry['entered_value']}, duty {entry['duty']},"
            f" MPF {entry['mpf']}, owed {entry['total']}"
        )
        assert entry["line_count"] == len(of_week)
        duty = sum(Decimal(line["duty"]) for line in of_week if line["duty"] is not None)
        assert Decimal(entry["duty"]) == duty
        assert entry["unpriced"] == sum(line["duty"] is None for line in of_week)
        assert entry["mpf"] == "651.50"  # 0.3464 % of some 460,000 is over the most of fiscal year 2026
        assert Decimal(entry["total"]) == duty + Decimal("651.50")
        assert not entry["payable"]
    assert {line["number"] for line in unpriced} == {
        "6104230042",
        "6204230060",
        "6505008090",
        "8205906000",
    }
    assert len(unpriced) == 16


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: f"{worked[0]}-{worked[1]}")
def test_a_line_is_as_worked_by_hand(played: Played, worked: tuple[str, ...]) -> None:
    week, number, status, origin, quantity, value, rate, duty = worked
    key = (week, number, status, origin)
    (line,) = [
        line for its, line in played.lines() if (its, line["number"], line["status"], line["origin"]) == key
    ]
    said = (line["quantity"], line["entered_value"], line["rate_text"], line["duty"] or "")
    assert said == (quantity, value, rate, duty)
    assert bool(line.get("not_priced")) == (duty == "")


def test_the_books_are_verified(played: Played) -> None:
    """Chains, census, invariants, and every duty figure again from journal bytes and schedule file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FTZ_")}  # noqa: TID251 the command's own
    done = subprocess.run(
        [sys.executable, "-c", "from ftz_cli.main import app; app()", "verify"],
        env={**kept, "FTZ_VAR": str(played.var), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
