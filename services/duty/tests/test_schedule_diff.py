"""Differences between two schedules, and where numbers went."""

import os
from pathlib import Path

import pytest

from ftz_duty.domain.schedule import Cell, Schedule
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.schedule_diff import CellChange, TextChange, diff, read_concordance, successors
from ftz_duty.domain.schedule_file import read_csv

HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties\n"
)


def _schedule(rows: str) -> Schedule:
    read = read_csv((HEADER + rows).encode(), extract=True)
    assert isinstance(read, Schedule), read
    return read


OLD = """\
0901.11.00,1,Not decaffeinated,,2%,Free (AU),5%,,
0901.11.00.10,2,Certified organic,"[""kg""]",,,,,
0901.11.00.45,2,Other,"[""kg""]",,,,,
0901.12.00,1,Decaffeinated,,1¢/kg + 2%,,3%,,
0901.12.00.15,2,Organic,"[""kg""]",,,,,
"""
NEW = """\
0901.11.00,1,Not decaffeinated,,4%,Free (AU),5%,,
0901.11.00.10,2,Certified organic,"[""kg"",""No.""]",,,,,
0901.11.00.35,2,Arabica,"[""kg""]",,,,,
0901.11.00.60,2,Other,"[""kg""]",,,,,
0901.12.00,1,Decaffeinated,,1¢/kg+2%,,3%,,
0901.12.00.15,2,Certified organic,"[""kg""]",,,,,
"""


def test_what_a_revision_changes() -> None:
    concordance = {"0901110045": ("0901110035", "0901110060")}
    found = diff(_schedule(OLD), _schedule(NEW), concordance)
    assert [line.number for line in found.added] == ["0901110035", "0901110060"]
    assert [(gone.line.number, gone.successors) for gone in found.deleted] == [
        ("0901110045", ("0901110035", "0901110060"))
    ]
    two, four = Cell("2%", "09011100"), Cell("4%", "09011100")
    assert found.rates == (
        CellChange("09011100", "general", two, four, same_rate=False),
        CellChange("0901110010", "general", two, four, same_rate=False),
    )
    assert [(change.number, change.after.text) for change in found.reworded] == [
        ("09011200", "1¢/kg+2%"),
        ("0901120015", "1¢/kg+2%"),
    ]
    assert found.descriptions == (
        TextChange("0901120015", ("Decaffeinated", "Organic"), ("Decaffeinated", "Certified organic")),
    )
    assert found.units == (TextChange("0901110010", ("kg",), ("kg", "No.")),)


def test_a_schedule_does_not_differ_from_itself() -> None:
    found = diff(_schedule(OLD), _schedule(OLD))
    assert not any((found.added, found.deleted, found.rates, found.reworded, found.descriptions, found.units))


def test_a_text_nobody_understands_counts_as_another_rate() -> None:
    found = diff(_schedule(OLD), _schedule(OLD.replace("2%,Free", "2% on the lid,Free")))
    assert [change.number for change in found.rates] == ["09011100", "0901110010", "0901110045"]


@pytest.mark.parametrize(
    ("concordance", "found"),
    [
        ({}, ()),
        ({"0901110045": ("0901110060",)}, ("0901110060",)),
        # through a number that lived between the two revisions
        ({"0901110045": ("0901110050",), "0901110050": ("0901110060",)}, ("0901110060",)),
        # numbers that were swapped back and forth do not turn forever
        ({"0901110045": ("0901110050",), "0901110050": ("0901110045",)}, ()),
        ({"0901110045": ("0901110035", "0901110050"), "0901110050": ("0901110035",)}, ("0901110035",)),
    ],
)
def test_successors(concordance: dict[str, tuple[str, ...]], found: tuple[str, ...]) -> None:
    assert successors("0901110045", _schedule(NEW), concordance) == found


def test_reads_a_concordance() -> None:
    text = (
        "old_hts10,new_hts10,change_type\n"
        "NA,4420190000,added\n0901110045,0901110035,split\n0901110045,0901110060,split\n0101,NA,dropped\n"
    )
    assert read_concordance(text) == {"0901110045": ("0901110035", "0901110060")}


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("", "line 1", "missing column: old_hts10, new_hts10"),
        ("old_hts10,to\n", "line 1", "missing column: new_hts10"),
        ("old_hts10,new_hts10\n0101,0102\n01,0102\n", "line 3", "'01' to '0102' are not two tariff numbers"),
        ("old_hts10,new_hts10\n0101\n", "line 2", "'0101' to '' are not two tariff numbers"),
    ],
)
def test_refuses_a_broken_concordance(text: str, place: str, reason: str) -> None:
    refused = read_concordance(text)
    assert isinstance(refused, Refused)
    assert (refused.problems[0].place, refused.problems[0].reason) == (place, reason)


def _real(name: str) -> bytes:
    folder = os.getenv("FTZ_DATA")
    if not folder:
        pytest.skip(f"{name}: FTZ_DATA names no folder of public data files")
    return (Path(folder) / name).read_bytes()


@pytest.mark.data
def test_the_two_real_schedules() -> None:
    before, after = read_csv(_real("hts_2025-12-01.csv")), read_csv(_real("hts_2026_rev4.csv"))
    concordance = read_concordance(_real("bl_hts_concordance.csv").decode())
    assert isinstance(before, Schedule)
    assert isinstance(after, Schedule)
    assert not isinstance(concordance, Refused)
    found = diff(before, after, concordance)
    assert sum(line.statistical for line in found.added) == 153
    assert sum(gone.line.statistical for gone in found.deleted) == 65
    assert sum(bool(gone.successors) for gone in found.deleted) > 0
    assert not any(change.number.startswith("0101") for change in found.rates)
    assert [gone for gone in found.deleted if any(new not in after.lines for new in gone.successors)] == []
