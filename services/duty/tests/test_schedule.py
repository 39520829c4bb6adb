"""Reading a schedule: inheritance, paths, final lines, look-ups, and files that must be refused."""

import csv
import io
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ftz_duty.domain.schedule import Cell, Line, Problem, Schedule, Unknown, digits, dotted
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.schedule_file import read_csv, read_json

HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties"
)
ROWS = """\
"0102","0","Live bovine animals:","","","","","",""
"","1","Cattle:","","","","","",""
"0102.29","2","Other:","","","","","",""
"0102.29.40","3","Other","","1¢/kg","Free (AU,KR)","5.5¢/kg","",""
"","4","Weighing less than 90 kg each:","","","","","",""
"0102.29.40.24","5","Male","[""No."",""kg""]","","","","",""
"0102.29.40.28","5","Female","[""No."",""kg""]","","","","",""
"0205.00.00.00","0","Meat of horses","[""kg""]","Free","","Free","",""
"2620.99.75","1","Other","","Free","","Free","",""
"2620.99.75.20","5","Vanadium bearing","[""kg"",""V2O5 kg""]","","","","",""
"2620.99.75.60","5","Containing silver","[""Au g""]","","","","",""
"9006.59.15","1","Cameras","","Free","","20%","",""
"9006.59.15.20","2","Other","[""No. and kg"","" \\n""]","","","25%","",""
"9904.02.20","0","Valued less than 5¢/kg","{no_unit}","","","","","66.6¢/kg"
""".replace("{no_unit}", '[""""]')


def _csv(rows: str = ROWS, header: str = HEADER) -> bytes:
    return f"{header}\n{rows}".encode()


def _schedule(rows: str = ROWS) -> Schedule:
    read = read_csv(_csv(rows), extract=True)
    assert isinstance(read, Schedule), read
    return read


def _line(number: str) -> Line:
    line = _schedule().line(number)
    assert line is not None
    return line


def _problem(read: Schedule | Refused) -> Problem:
    assert isinstance(read, Refused)
    return read.problems[0]


def test_a_statistical_line_takes_the_rates_of_its_eight_digit_line() -> None:
    male = _line("0102.29.40.24")
    assert male.general == Cell("1¢/kg", "01022940")
    assert male.special == Cell("Free (AU,KR)", "01022940")
    assert male.column2 == Cell("5.5¢/kg", "01022940")
    assert male.additional == Cell()
    assert male.cell("column2") is male.column2
    assert male.units == ("No.", "kg")


def test_a_rate_of_its_own_wins_over_the_inherited_one() -> None:
    camera = _line("9006591520")
    assert camera.general == Cell("Free", "90065915")
    assert camera.column2 == Cell("25%", "9006591520")
    assert camera.units == ("No.", "kg")


def test_additional_duties_of_9904_are_a_column() -> None:
    assert _line("99040220").additional == Cell("66.6¢/kg", "99040220")
    assert _line("99040220").units == ()


def test_the_path_runs_from_the_heading_through_rows_without_number() -> None:
    assert _line("0102294024").path == (
        "Live bovine animals:", "Cattle:", "Other:", "Other", "Weighing less than 90 kg each:", "Male",
    )  # fmt: skip
    assert _line("0102294024").description.endswith("Other > Weighing less than 90 kg each > Male")


def test_an_indent_that_jumps_keeps_siblings_side_by_side() -> None:
    assert _line("2620997560").path == ("Other", "Containing silver")


@pytest.mark.parametrize(
    ("number", "final", "statistical"),
    [
        ("0102", False, False),
        ("010229", False, False),
        ("01022940", False, False),
        ("0102294024", True, True),
        ("0205000000", True, True),
        ("99040220", True, False),
    ],
)
def test_which_lines_an_entry_reports(number: str, final: bool, statistical: bool) -> None:
    line = _line(number)
    assert (line.final, line.statistical) == (final, statistical)


@pytest.mark.parametrize("number", ["0102294024", "0102.29.40.24", "0102.29.4024", " 0102.29.40.24 "])
def test_numbers_are_found_however_they_are_dotted(number: str) -> None:
    assert _line(number).number == "0102294024"


@pytest.mark.parametrize("text", ["", "01", "010", "01022", "01022940241", "0102.29.40.2x", "٠١٠٢"])
def test_what_is_no_number(text: str) -> None:
    assert digits(text) is None
    found = _schedule().find(text)
    assert isinstance(found, Unknown)
    assert "is not a tariff number" in found.reason
    assert found.nearest == ()


def test_dotted() -> None:
    assert [dotted(number) for number in ("0102", "010229", "01022940", "0102294024")] == [
        "0102", "0102.29", "0102.29.40", "0102.29.40.24",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "nearest"),
    [
        ("0102.29.40.27", ["0102294028", "0102294024"]),  # same eight digits
        ("0102.29.90", ["0102294028", "0102294024"]),  # same six
        ("0102.31.00.10", ["0102294028", "0102294024"]),  # same four
        ("0205.00.00", ["0205000000"]),
        ("7777.00.00.00", []),
    ],
)
def test_an_unknown_number_names_its_nearest_kin(number: str, nearest: list[str]) -> None:
    found = _schedule().find(number)
    assert isinstance(found, Unknown)
    assert found.reason == f"{number} is not in this revision"
    assert [line.number for line in found.nearest] == nearest


def test_lines_come_in_order_of_number() -> None:
    numbers = [line.number for line in _schedule()]
    assert numbers == sorted(numbers)
    assert len(_schedule()) == len(numbers) == 12


BROKEN: list[tuple[str, bytes, str, str, str]] = [
    ("empty", b"", "line 1", "empty", "the file is empty"),
    ("blank", b" \n\n", "line 1", "empty", "the file is empty"),
    ("header only", _csv(""), "line 2", "empty", "no rows"),
    ("unknown column", _csv(header=HEADER + ",Remarks"), "line 1", "columns", "unknown column: 'Remarks'"),
    (
        "missing column",
        _csv(header=HEADER.replace(",Quota Quantity", "")),
        "line 1",
        "columns",
        "missing column: 'Quota Quantity'",
    ),
    (
        "doubled column",
        _csv(header=HEADER + ",Indent"),
        "line 1",
        "columns",
        "doubled column: 'Indent'",
    ),
    ("cut in a row", _csv('"0101","0","Horses'), "line 2", "cut", "unexpected end of data"),
    ("cut after a field", _csv('"0101","0","Horses"\n'), "line 2", "cut", "3 fields instead of 9"),
    (
        "two rows run together",
        _csv('"0101","0","Horses","","","","","","","",""\n'),
        "line 2",
        "cut",
        "11 fields",
    ),
    ("Windows-1252", _csv().decode().encode("cp1252"), "line 5", "encoding", "byte 0xA2"),
    ("UTF-16", _csv().decode().encode("utf-16"), "line 1", "encoding", "UTF-16"),
    ("decoded wrongly once", _csv(ROWS.replace("¢", "Â¢")), "line 5", "encoding", "wrong encoding once"),
    ("lost character", _csv(ROWS.replace("¢", "\ufffd")), "line 5", "encoding", "wrong encoding once"),
    (
        "doubled line",
        _csv(ROWS + ROWS.splitlines(keepends=True)[-1]),
        "line 16 ('9904.02.20')",
        "doubled",
        "already stands on line 15",
    ),
    (
        "out of order",
        _csv(ROWS + '"0101","0","Live horses","","","","","",""\n'),
        "line 16 ('0101')",
        "order",
        "stands after 9904.02.20",
    ),
    ("number", _csv('"01x","0","Horses","","","","","",""\n'), "line 2 ('01x')", "number", "'01x' is not"),
    ("indent", _csv('"0101","-1","Horses","","","","","",""\n'), "line 2 ('0101')", "indent", "'-1'"),
    ("units", _csv('"0101","0","Horses","[kg","","","","",""\n'), "line 2 ('0101')", "units", "not a list"),
    ("units", _csv('"0101","0","Horses","[1]","","","","",""\n'), "line 2 ('0101')", "units", "not a list"),
    (
        "rate without number",
        _csv('"","0","Horses","","Free","","","",""\n'),
        "line 2 ('Horses')",
        "number",
        "a row with a rate has no number",
    ),
]


@pytest.mark.parametrize(
    ("data", "place", "code", "reason"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_file_is_refused_with_its_place(data: bytes, place: str, code: str, reason: str) -> None:
    problem = _problem(read_csv(data, extract=True))
    assert (problem.place, problem.code) == (place, code)
    assert reason in problem.reason
    assert problem.action


def test_every_bad_row_is_named_up_to_fifty() -> None:
    rows = "".join(f'"0101","x{at}","Horses","","","","","",""\n' for at in range(60))
    refused = read_csv(_csv(rows), extract=True)
    assert isinstance(refused, Refused)
    assert [problem.place for problem in refused.problems] == [f"line {at} ('0101')" for at in range(2, 52)]


ALL_CHAPTERS = "".join(
    f'"{chapter:02d}01.00.00.00","0","Goods","[""kg""]","Free","","Free","",""\n'
    for chapter in range(1, 100)
    if chapter != 77
)


def test_a_whole_export_has_every_chapter() -> None:
    assert isinstance(read_csv(_csv(ALL_CHAPTERS)), Schedule)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_csv("".join(ALL_CHAPTERS.splitlines(keepends=True)[:48])), "chapters 49, 50, 51"),
        (_csv(ALL_CHAPTERS.replace('"3001.00.00.00"', '"2999.00.00.00"')), "chapters 30 are missing"),
        (_csv(ALL_CHAPTERS)[:-1], "ends in the middle of a line"),
        (_csv(ALL_CHAPTERS + '"9999","0","More goods:","","","","","",""\n'), "a heading without lines"),
        (_csv(ALL_CHAPTERS + '"","0","More goods:","","","","","",""\n'), "a heading without lines"),
    ],
)
def test_an_export_that_ends_early_is_refused(data: bytes, reason: str) -> None:
    problem = _problem(read_csv(data))
    assert problem.code == "cut"
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("number", "column", "text", "doubted"),
    [
        ("6203.42.40", "general", "250%", True),
        ("6203.42.40", "general", "2,500%", True),
        ("6203.42.40", "special", "Free (AU) 250% (KR)", True),
        ("6203.42.40", "column2", "3¢/kg + 250%", True),
        ("9903.85.67", "general", "The duty provided in the applicable subheading + 250%", True),
        ("9903.85.67", "general", "The duty provided in the applicable subheading + 200%", False),
        ("2401.10.65", "general", "350%", False),
        ("2401.10.65", "general", "351%", True),
        ("6203.42.40", "general", "200%", False),
    ],
)
def test_a_rate_out_of_all_proportion_is_doubted(number: str, column: str, text: str, doubted: bool) -> None:
    cells = ["", "", ""]
    cells[("general", "special", "column2").index(column)] = text
    rates = ",".join(f'"{cell}"' for cell in cells)
    schedule = _schedule(f'"{number}","0","Goods","",{rates},"",""\n')
    assert [(doubt.place, doubt.code) for doubt in schedule.doubts] == (
        [(f"line 2 ('{number}')", "high rate")] if doubted else []
    )


JSON_ROWS: list[dict[str, object]] = [
    {
        "htsno": "0102.29.40", "indent": "3", "description": "Other", "superior": None, "units": [],
        "general": "1¢/kg", "special": "Free (AU,KR)", "other": "5.5¢/kg", "footnotes": None,
        "quotaQuantity": None, "addiitionalDuties": None,
    },
    {
        "htsno": "0102.29.40.24", "indent": "4", "description": "Male <i>Bos taurus</i>", "superior": None,
        "units": ["No.", "kg"], "general": "", "special": "", "other": "",
        "footnotes": [{"columns": ["general"], "value": "See 9903.88.03. ", "type": "endnote"}],
        "quotaQuantity": None, "additionalDuties": None,
    },
]  # fmt: skip


def test_the_json_export_carries_footnotes() -> None:
    schedule = read_json(json.dumps(JSON_ROWS).encode(), extract=True)
    assert isinstance(schedule, Schedule)
    male = schedule.line("0102294024")
    assert male is not None
    assert male.general == Cell("1¢/kg", "01022940")
    assert male.units == ("No.", "kg")
    assert male.path == ("Other", "Male Bos taurus")
    assert [(note.columns, note.text, note.lines) for note in male.footnotes] == [
        (("general",), "See 9903.88.03.", ("99038803",))
    ]


@pytest.mark.parametrize(
    ("data", "place", "code", "reason"),
    [
        (json.dumps(JSON_ROWS).encode()[:300], "line 1", "cut", "broken or cut off"),
        (b"{}", "item 1", "columns", "a JSON list of rows"),
        (b"[1]", "item 1", "columns", "not an object"),
        (json.dumps([JSON_ROWS[0] | {"colour": ""}]).encode(), "item 1", "columns", "unknown key: colour"),
        (b'[{"htsno": "0101"}]', "item 1", "columns", "missing key: description, general, indent"),
        (json.dumps([JSON_ROWS[0] | {"general": 5}]).encode(), "item 1", "columns", "general is not text: 5"),
        (b'[{"htsno": "0101", "htsno": "0102"}]', "row '0102'", "columns", "doubled key: htsno"),
        (
            json.dumps([JSON_ROWS[0] | {"footnotes": [{"value": "See"}]}]).encode(),
            "item 1",
            "footnote",
            "without columns or value",
        ),
        (json.dumps(JSON_ROWS + JSON_ROWS[1:]).encode(), "item 3 ('0102.29.40.24')", "doubled", "on item 2"),
        (b"[]", "line 2", "empty", "no rows"),
    ],
)
def test_a_broken_json_export_is_refused(data: bytes, place: str, code: str, reason: str) -> None:
    problem = _problem(read_json(data, extract=True))
    assert (problem.place, problem.code) == (place, code)
    assert reason in problem.reason


def _real(name: str) -> bytes:
    folder = os.getenv("FTZ_DATA")
    if not folder:
        pytest.skip(f"{name}: FTZ_DATA names no folder of public data files")
    return (Path(folder) / name).read_bytes()


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "statistical", "eight_digit_finals"),
    [("hts_2026_rev4.csv", 19_856, 3_658), ("hts_2025-12-01.csv", 19_768, 4_067)],
)
def test_the_real_schedules(name: str, statistical: int, eight_digit_finals: int) -> None:
    data = _real(name)
    began = time.perf_counter()
    schedule = read_csv(data)
    assert time.perf_counter() - began < 20
    assert isinstance(schedule, Schedule)
    assert schedule.doubts == ()
    finals = [line for line in schedule if line.final]
    assert sum(line.statistical for line in finals) == statistical
    assert sum(not line.statistical for line in finals) == eight_digit_finals
    assert [line.number for line in finals if line.number < "98" and not line.general.text] == []
    assert [
        line.number for line in finals if line.number < "98" and line.statistical and not line.units
    ] == []


@pytest.mark.data
def test_both_formats_give_the_same_lines() -> None:
    data = _real("hts_2026_rev4.csv")
    keys = ("htsno", "indent", "description", "units", "general", "special", "other", "quotaQuantity")
    items: list[dict[str, object]] = []
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        items.append(dict(zip((*keys, "additionalDuties"), row, strict=True)))
        items[-1]["units"] = json.loads(row[3]) if row[3].startswith("[") else None
    of_csv, of_json = read_csv(data), read_json(json.dumps(items[1:]).encode())
    assert isinstance(of_csv, Schedule)
    assert isinstance(of_json, Schedule)
    assert [replace(line, place="") for line in of_json] == [replace(line, place="") for line in of_csv]


@pytest.mark.data
def test_half_of_the_real_schedule_is_refused() -> None:
    data = _real("hts_2026_rev4.csv")
    assert _problem(read_csv(data[: len(data) // 2])).code == "cut"
    at_a_row = data[: data.index(b"\r\n", len(data) // 2) + 2]
    assert "are missing" in _problem(read_csv(at_a_row)).reason
    doubled = data + data[data.index(b"\n") + 1 :]
    assert _problem(read_csv(doubled)).code == "doubled"
