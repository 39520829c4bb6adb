from __future__ import annotations

from pathlib import Path

import pytest

from ftz_classification.engine.schedule import Schedule, ScheduleUnreadable, clean, read_schedule

HEADER = "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty\n"


def test_a_path_runs_from_heading_to_line_and_the_rate_is_inherited(schedule: Schedule) -> None:
    line = schedule.line("6109100012")
    assert line is not None
    assert line.path[0].startswith("T-shirts, singlets, tank tops")
    assert line.numbers[0] == "6109"
    assert line.numbers[-1] == "6109100012"
    assert line.general == "16.5%"


@pytest.mark.parametrize(
    ("asked", "alive"),
    [
        ("6109100012", "6109100012"),
        ("9102114500", "91021145"),  # chapter 91: no statistical suffix
        ("91021145", "91021145"),
        ("6109100099", None),
        ("9102114510", None),
        ("9903880300", None),
    ],
)
def test_which_line_a_number_names(schedule: Schedule, asked: str, alive: str | None) -> None:
    assert schedule.alive(asked) == alive


def test_overlay_chapters_are_never_lines(tmp_path: Path) -> None:
    path = tmp_path / "hts_x.csv"
    path.write_text(
        HEADER + "0101.21.00.10,0,Males,,Free\n9903.88.03,0,Articles of China,,25%\n9801.00.10.10,0,Back,,\n"
    )
    assert [line.code for line in read_schedule(path).lines] == ["0101210010"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "columns"),
        ("a,b\n1,2\n", "columns"),
        (HEADER, "no line"),
        (HEADER + "0101,x,Horses,,\n", "row 2: indent"),
        (HEADER + "0101,0,Horses,,\n", "no line"),
    ],
)
def test_unreadable_files_are_named_with_the_reason(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "hts_bad.csv"
    path.write_text(content)
    with pytest.raises(ScheduleUnreadable, match=reason):
        read_schedule(path)


def test_revision_names_file_and_content(schedule: Schedule) -> None:
    assert schedule.revision.startswith("schedule+")
    assert len(schedule.revision) == len("schedule+") + 12


def test_markup_and_soft_hyphens_are_cleaned() -> None:
    assert clean("<i>Salmo</i> import\u00aded  goods:") == "Salmo imported goods"


@pytest.mark.data
def test_the_whole_schedule(data: Path) -> None:
    whole = read_schedule(data / "hts_2026_rev4.csv")
    assert len(whole) == 19_833
    assert not [line.code for line in whole.lines if line.code[:2] in ("98", "99")]
