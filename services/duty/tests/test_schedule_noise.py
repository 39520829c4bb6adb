"""Whatever bytes are given, a schedule is read whole or refused with a place; nothing raises."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ftz_duty.domain.schedule import Schedule
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.schedule_file import read_csv, read_json

HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties\n"
)
GOOD = (
    HEADER
    + '"0102.29.40","3","Other","","1¢/kg","Free (AU,KR)","5.5¢/kg","",""\n'
    + '"0102.29.40.24","4","Male","[""No."",""kg""]","","","","",""\n'
    + '"0205.00.00.00","0","Meat of horses","[""kg""]","Free","","Free","",""\n'
).encode()
KEYS = (
    "htsno",
    "indent",
    "description",
    "general",
    "special",
    "other",
    "units",
    "footnotes",
    "superior",
    "x",
)


def _sound(read: Schedule | Refused) -> None:
    if isinstance(read, Refused):
        assert read.problems
        assert all(
            problem.place and problem.code and problem.reason and problem.action for problem in read.problems
        )
    else:
        assert len(read) > 0 or read.doubts == ()


@given(st.binary(max_size=200), st.integers(0, len(GOOD)), st.integers(0, 40))
def test_csv_with_bytes_replaced(noise: bytes, at: int, drop: int) -> None:
    _sound(read_csv(GOOD[:at] + noise + GOOD[at + drop :], extract=True))


@given(st.binary(max_size=300))
def test_any_bytes(noise: bytes) -> None:
    for extract in (False, True):
        _sound(read_csv(noise, extract=extract))
        _sound(read_json(noise, extract=extract))
        _sound(read_csv(HEADER.encode() + noise, extract=extract))


@given(st.integers(len(HEADER.encode()), len(GOOD) - 1))
def test_a_cut_file_never_reads_as_whole(at: int) -> None:
    assert isinstance(read_csv(GOOD[:at]), Refused)


values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.lists(st.text(max_size=4), max_size=3)
)
notes = st.lists(st.dictionaries(st.sampled_from(("columns", "value", "type")), values), max_size=2)
items = st.dictionaries(st.sampled_from(KEYS), values | notes) | values
whole = st.fixed_dictionaries(
    {
        "htsno": st.sampled_from(("0101", "0101.21.00", "01", "")),
        "indent": st.sampled_from(("0", "1", "x", "99")),
    }
    | dict.fromkeys(KEYS[2:8], values)
)


@given(st.lists(items | whole, max_size=4))
def test_any_json(rows: list[object]) -> None:
    _sound(read_json(json.dumps(rows).encode(), extract=True))


def test_json_that_is_too_deep_or_too_long_is_refused() -> None:
    _sound(read_json(b"[" * 100_000, extract=True))
    _sound(read_json(b"[" + b"1" * 5_000 + b"]", extract=True))
    deep = GOOD.replace(b'"[""kg""]"', b'"' + b"[" * 100_000 + b'"')
    _sound(read_csv(deep, extract=True))
