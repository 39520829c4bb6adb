from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ftz_classification.engine.records import RecordUnreadable, digits, read_records, telling_attributes

ATLAS = {
    "messages": [
        {"role": "user", "content": "What is the HTS US Code for a steel flanged hex head bolt?"},
        {
            "role": "assistant",
            "content": "HTS US Code -> 7318.15.8066; 7318.15.80\nReasoning -> Not 8708.99.8180.",
        },
    ]
}
HSCODECOMP = {
    "product_name": "Silver ring",
    "product_attributes": json.dumps({"Material": "Silver", "Origin": "Mainland China", "Gender": "None"}),
    "price": 26.0,
    "currency_code": "USD",
    "cate_lv1_desc": "Jewelry",
    "cate_lv2_desc": "Rings",
    "cate_lv3_desc": "Rings",
    "hs_code": 7113115000,
    "task_id": 1,
}
CROSS = {
    "rulingNumber": "N301234",
    "subject": "The tariff classification of a plush toy from China",
    "tariffs": ["9503.00.0073"],
}
DECISION = {
    "facts": {"title": "Mug", "account": "acme", "part": "M1", "value": "3.50"},
    "numbers": ["6912.00.44.00"],
}


def written(path: Path, *entries: Any) -> Path:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return path


def test_atlas_takes_numbers_of_the_answer_not_of_the_reasoning(tmp_path: Path) -> None:
    (record,) = read_records(written(tmp_path / "a.jsonl", ATLAS))
    assert record.facts.title == "a steel flanged hex head bolt"
    assert record.numbers == ("7318158066", "73181580")
    assert record.note.startswith("Not 8708")


def test_hscodecomp_keeps_what_decides(tmp_path: Path) -> None:
    (record,) = read_records(written(tmp_path / "h.jsonl", HSCODECOMP))
    assert record.facts.category == ("Jewelry", "Rings")
    assert record.facts.attributes == {"Material": "Silver"}
    assert record.facts.value == Decimal("26.0")
    assert record.numbers == ("7113115000",)


@pytest.mark.parametrize("shape", [CROSS, {"rulings": [CROSS]}, [CROSS]])
def test_cross_answers_one_ruling_a_search_result_or_a_list(tmp_path: Path, shape: Any) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(shape), encoding="utf-8")
    (record,) = read_records(path)
    assert record.key == "N301234"
    assert record.facts.title == "a plush toy from China"
    assert record.numbers == ("9503000073",)


def test_a_reviewed_decision_takes_the_same_path(tmp_path: Path) -> None:
    (record,) = read_records(written(tmp_path / "d.jsonl", DECISION))
    assert (record.source, record.facts.account, record.facts.part) == ("decision", "acme", "M1")
    assert record.facts.value == Decimal("3.50")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 2: not JSON"),
        ("7", "line 2: expected a JSON object"),
        ("{}", "line 2: KeyError 'facts'"),
        ('{"product_name": "x"}', "line 2: KeyError 'hs_code'"),
        ('{"facts": {"title": "x"}, "numbers": []}', "line 2: no tariff number"),
        ('{"facts": {"title": "x"}, "numbers": ["12"]}', "line 2: no tariff number"),
        ('{"messages": []}', "line 2: KeyError 'user'"),
        ('{"messages": [{"role": "user", "content": "x"}]}', "line 2: no tariff number"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(DECISION) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(RecordUnreadable, match=reason):
        read_records(path)


def test_other_encodings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b'{"facts": "caf\xe9"}\n')
    with pytest.raises(RecordUnreadable, match="UTF-8"):
        read_records(path)


def test_prints_of_one_number_are_one() -> None:
    assert digits("6109.10.0040") == digits("6109.10.00.40") == "6109100040"


def test_attributes_of_packing_and_shop_are_left_out() -> None:
    assert telling_attributes({"Package weight": "1", "CN": "x", "Brand Name": "y", "Fabric": "None"}) == {}


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "count", "several"), [("atlas_validation.jsonl", 200, 46), ("hscodecomp_dev.jsonl", 317, 0)]
)
def test_the_public_sets(data: Path, name: str, count: int, several: int) -> None:
    found = read_records(data / name)
    assert len(found) == count
    assert sum(len(record.numbers) > 1 for record in found) == several
