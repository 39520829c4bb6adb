"""`ftz catair`: records with their fields named, what is wrong, exit codes; the page is the code's."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ftz_cli.catair import LAYOUTS, app, page_table

DOCS = Path(__file__).parents[3] / "docs"
RECORDS = [
    "10A9990001  26000001  N1401NZ99         99-9999999XXX999",
    "20A11EXMPEXAMPLE STAR           017E           2026050120260528",
    "40EXMP00012345",
    "50000016911103710    VN000000050000PCS",
    "5100000001760000000014510000000012N",
    "60PORCELAIN MUG                                MIDVNEXAMUG123HAN",
]


def text(*records: str) -> str:
    return "".join(f"{record:<80}\n" for record in records)


def ran(tmp_path: Path, content: str, *options: str) -> Any:
    file = tmp_path / "a.e214"
    file.write_text(content, encoding="utf-8")
    return CliRunner().invoke(app, ["show", str(file), *options])


def test_each_record_is_shown_with_its_fields_and_their_columns(tmp_path: Path) -> None:
    result = ran(tmp_path, text(*RECORDS))
    assert result.exit_code == 0, result.output
    for said in (
        "4-12  zone_id            9990001",
        "24-35  quantity_1         500.00",
        "48-50  qualifier          MID",
        RECORDS[3],
        "6 records, nothing wrong",
    ):
        assert said in result.output


def test_what_is_wrong_is_said_beside_its_record_and_the_exit_code_is_1(tmp_path: Path) -> None:
    result = ran(tmp_path, text(*RECORDS[:3], RECORDS[3].replace("VN", "CA"), *RECORDS[4:5]), "--wrong")
    assert result.exit_code == 1
    assert "wrong: coo (22-23): 'CA' may not stand here" in result.output
    assert "wrong: qualifier (48-50): MID stands once" in result.output
    assert "zone_id" not in result.output
    assert "2 wrong" in result.output


def test_as_data(tmp_path: Path) -> None:
    good = json.loads(ran(tmp_path, text(*RECORDS), "--json").output)
    assert [r["record"] for r in good["records"]] == ["10", "20", "40", "50", "51", "60"]
    fields = {f["name"]: f for f in good["records"][4]["fields"]}
    assert (fields["value"]["value"], fields["value"]["start"], fields["hmf"]["value"]) == ("1451", 13, None)
    result = ran(tmp_path, text(*RECORDS, "99 WHAT IS THIS"), "--json")
    assert result.exit_code == 1
    (problem,) = json.loads(result.output)["records"][6]["problems"]
    assert (problem["code"], problem["line"]) == ("unknown-record", 7)


@pytest.mark.parametrize("content", ["", "not an e214\n", "\n\n", "10\n", "é" * 80])
def test_what_is_no_e214_is_said_to_be_wrong(tmp_path: Path, content: str) -> None:
    assert ran(tmp_path, content).exit_code == 1


def test_a_letter_of_two_bytes_is_wrong_where_it_stands(tmp_path: Path) -> None:
    last = RECORDS[5].replace("PORCELAIN", "PORCELÄI")  # a letter less, as many bytes
    result = ran(tmp_path, text(*RECORDS[:5]) + last.ljust(79) + "\n", "--json")
    (problem,) = [p for r in json.loads(result.output)["records"] for p in r["problems"]]
    assert (problem["record"], problem["field"], problem["code"]) == ("60", "description", "wrong-class")


def test_a_file_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["show", str(tmp_path / "none"), "--json"])
    assert result.exit_code == 2
    assert json.loads(result.output)["code"] == "no-such-file"


def test_standard_input_is_read() -> None:
    result = CliRunner().invoke(app, ["show", "-"], input=text(*RECORDS))
    assert result.exit_code == 0


def test_the_layouts_are_listed() -> None:
    listed = json.loads(CliRunner().invoke(app, ["layout", "--json"]).output)
    assert [one["application"] for one in listed] == ["FT", "SE", "AE"]
    assert {f["record"] for f in listed[0]["fields"]} >= {"10", "20", "40", "50", "51", "60"}
    one = CliRunner().invoke(app, ["layout", "--application", "ae"]).output
    assert "pf_filed_on" in one
    assert "admission_type" not in one
    unknown = CliRunner().invoke(app, ["layout", "--application", "XX", "--json"])
    assert (unknown.exit_code, json.loads(unknown.output)["code"]) == (2, "no-such-application")


def test_columns_of_our_own_are_marked() -> None:
    fields = [
        f for one in json.loads(CliRunner().invoke(app, ["layout", "--json"]).output) for f in one["fields"]
    ]
    assert {f["record"] for f in fields if f["assumed"]} == {"SE10", "SE40", "SE50", "88", "89", "90"}
    assert "5 †" in CliRunner().invoke(app, ["layout", "--application", "SE"]).output


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_page_has_the_layout_of_the_code(name: str) -> None:
    page = (DOCS / "catair.md").read_text(encoding="utf-8")
    assert page_table(LAYOUTS[name]) in page, "see ftz_cli.catair.page_table"
