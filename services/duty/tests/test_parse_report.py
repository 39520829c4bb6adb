"""How much of a schedule is understood."""

import os
from pathlib import Path

import pytest

from ftz_duty.domain.parse_report import Group, parse_report
from ftz_duty.domain.schedule import Schedule
from ftz_duty.domain.schedule_file import read_csv

HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties\n"
)
ROWS = """\
0101.21.00,0,Horses,,Free,Free (AU),5% on the lid,,
0101.29.00,0,Other,,Free,See 9822.05.20 (P+),20%,,
0101.30.00,0,Asses,,See additional U.S. note 1,Free (AU) See 9822.05.20 (P+),20%,,
9802.00.40,0,Repairs,,The rate applicable in the absence of this heading,,,,
9903.88.03,0,Articles,,The duty provided in the applicable subheading + 25%,No change,:,,
9904.02.20,0,Valued less,,,,,,66.6¢/kg
"""
NONE = Group(cells=0, understood=0, references=0, refused=[])


def test_cells_are_distinct_texts_by_column_and_part() -> None:
    schedule = read_csv((HEADER + ROWS).encode(), extract=True)
    assert isinstance(schedule, Schedule)
    assert parse_report(schedule) == {
        "general_1_97": Group(cells=2, understood=1, references=1, refused=[]),
        "column2_1_97": Group(cells=2, understood=1, references=0, refused=["5% on the lid"]),
        "special_1_97": Group(cells=3, understood=2, references=1, refused=[]),
        "general_98": Group(cells=1, understood=0, references=1, refused=[]),
        "column2_98": NONE,
        "special_98": NONE,
        "general_99": Group(cells=1, understood=1, references=0, refused=[]),
        "column2_99": Group(cells=1, understood=0, references=0, refused=[":"]),
        "special_99": Group(cells=1, understood=1, references=0, refused=[]),
        "additional_99": Group(cells=1, understood=1, references=0, refused=[]),
    }


@pytest.mark.data
def test_the_real_schedule_is_understood() -> None:
    folder = os.getenv("FTZ_DATA")
    if not folder:
        pytest.skip("hts_2026_rev4.csv: FTZ_DATA names no folder of public data files")
    schedule = read_csv((Path(folder) / "hts_2026_rev4.csv").read_bytes())
    assert isinstance(schedule, Schedule)
    assert parse_report(schedule) == {
        "general_1_97": Group(cells=747, understood=733, references=14, refused=[]),
        "column2_1_97": Group(cells=811, understood=796, references=15, refused=[]),
        "special_1_97": Group(cells=477, understood=477, references=0, refused=[]),
        "general_98": Group(cells=17, understood=17, references=0, refused=[]),
        "column2_98": Group(cells=19, understood=17, references=2, refused=[]),
        "special_98": Group(cells=88, understood=86, references=2, refused=[]),
        "general_99": Group(cells=151, understood=151, references=0, refused=[]),
        "column2_99": Group(cells=25, understood=25, references=0, refused=[]),
        "special_99": Group(cells=94, understood=93, references=1, refused=[]),
        "additional_99": Group(cells=314, understood=314, references=0, refused=[]),
    }
