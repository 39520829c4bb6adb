"""Records of the e214: the table is whole, what fits goes there and back, what does not is named by place."""

import re
import string
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_common.contracts.catair.ae import AE
from ftz_common.contracts.catair.codec import Unbuildable, build, draft, parse
from ftz_common.contracts.catair.e214 import E214, RECORDS
from ftz_common.contracts.catair.layout import WIDTH, Field, Layout, Record
from ftz_common.contracts.catair.se import SE

CHARACTERS = {
    "A": string.ascii_uppercase,
    "N": string.digits,
    "AN": string.ascii_uppercase + string.digits,
    "X": "".join(map(chr, range(0x20, 0x7F))),
}
ANY = "".join(map(chr, range(0x100)))
#: For each of the sixteen records.
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
LAYOUTS = (E214, SE, AE)
EACH = [(layout, record) for layout in LAYOUTS for record in layout.records.values()]
FIELDS = [(layout, record, field) for layout, record in EACH for field in record.fields]
NAMES = [f"{layout.application}.{record.id}.{field.name}" for layout, record, field in FIELDS]
each = pytest.mark.parametrize(
    ("layout", "record"), EACH, ids=[f"{layout.application}.{record.id}" for layout, record in EACH]
)


def texts(field: Field) -> st.SearchStrategy[str]:
    """Every text that the field carries."""
    if field.codes:
        return st.sampled_from(field.codes)
    if field.date_form == "MMDDYY":
        return st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda day: f"{day:%m%d%y}")
    if field.date_form:
        return st.dates().map(lambda day: f"{day:%Y%m%d}".rjust(8, "0"))
    if field.pattern:
        made = st.from_regex(re.compile(field.pattern), fullmatch=True, alphabet=CHARACTERS[field.of])
        return made.filter(lambda t: t == t.strip(" "))
    made = st.text(CHARACTERS[field.of], min_size=field.length_min, max_size=field.width)
    return made.filter(lambda t: t == t.strip(" ") and t not in field.never)


def amounts(field: Field) -> st.SearchStrategy[Decimal]:
    return st.integers(0, 10**field.width - 1).map(lambda n: Decimal(n).scaleb(-(field.decimals or 0)))


def values(record: Record) -> st.SearchStrategy[dict[str, Any]]:
    """Any values that a record carries, any of them left out."""
    return st.fixed_dictionaries(
        {}, optional={f.name: texts(f) if f.decimals is None else amounts(f) for f in record.fields}
    )


# ---- the table ----------------------------------------------------------------------------------


@each
def test_fields_follow_each_other_inside_80_columns(layout: Layout, record: Record) -> None:
    behind = len(record.id)
    for field in record.fields:
        assert field.start > behind, field.name
        assert field.end >= field.start, field.name
        behind = field.end
    assert behind <= WIDTH


@pytest.mark.parametrize(("layout", "record", "field"), FIELDS, ids=NAMES)
def test_what_a_field_names_exists(layout: Layout, record: Record, field: Field) -> None:
    for condition in field.conditions:
        name = condition.when.field if hasattr(condition, "when") else condition.field
        of, _, other = name.rpartition(".")
        assert (layout.records[of] if of else record).field(other)
    assert field.meaning
    assert (field.pattern == "") == (field.shape == "")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.application)
def test_every_record_has_its_place(layout: Layout) -> None:
    assert {place.record for place in layout.places} == set(layout.records)


# ---- there and back -----------------------------------------------------------------------------


@each
@few
@given(data=st.data())
def test_values_that_are_built_are_read_again(layout: Layout, record: Record, data: st.DataObject) -> None:
    said = data.draw(values(record))
    text = build(record, said)
    assert len(text) == WIDTH
    read = parse(text, layout)
    assert (read.record, dict(read.values), read.problems) == (record, said, ())


@each
@few
@given(data=st.data())
def test_text_that_is_read_without_a_problem_is_built_again(
    layout: Layout, record: Record, data: st.DataObject
) -> None:
    """Any columns at all: a good record with some of its characters changed."""
    columns = list(build(record, data.draw(values(record))))
    for at in data.draw(st.lists(st.integers(len(record.id), WIDTH - 1), max_size=4)):
        columns[at] = data.draw(st.sampled_from(ANY))
    text = "".join(columns)
    read = parse(text, layout)
    if not read.problems:
        assert build(record, read.values) == text


@each
@few
@given(text=st.text(ANY, max_size=WIDTH + 2))
def test_nothing_breaks_the_reader_and_nothing_wrong_passes(
    layout: Layout, record: Record, text: str
) -> None:
    whole = (record.id + text)[: WIDTH + 1]
    read = parse(whole, layout)
    if read.record is not None and not read.problems:
        assert build(read.record, read.values) == whole


# ---- class and range, field by field ------------------------------------------------------------


def wrong(record: Record, field: Field, value: Any) -> tuple[str, ...]:
    text, problems = draft(record, {field.name: value})
    assert text[field.start - 1 : field.end].isspace(), "what does not fit is not written"
    with pytest.raises(Unbuildable, match=field.name):
        build(record, {field.name: value})
    (problem,) = problems
    assert (problem.record, problem.field) == (record.id, field.name)
    assert (problem.start, problem.end) == (field.start, field.end)
    assert problem.reason
    return (problem.code,)


@pytest.mark.parametrize(("layout", "record", "field"), FIELDS, ids=NAMES)
def test_a_character_of_another_class_is_refused(layout: Layout, record: Record, field: Field) -> None:
    if field.decimals is not None:
        assert wrong(record, field, "12") == ("not-a-number",)
        return
    strange = {"A": "1", "N": "A", "AN": "-", "X": "é"}[field.of] * field.width
    assert wrong(record, field, strange) == ("wrong-class",)
    columns = list(build(record, {}))
    columns[field.start - 1 : field.end] = strange
    assert [p.code for p in parse("".join(columns), layout).problems] == ["wrong-class"]


@pytest.mark.parametrize(("layout", "record", "field"), FIELDS, ids=NAMES)
def test_what_is_too_large_is_refused(layout: Layout, record: Record, field: Field) -> None:
    if field.decimals is None:
        assert wrong(record, field, CHARACTERS[field.of][-2] * (field.width + 1)) == ("too-long",)
    else:
        largest = Decimal(10**field.width - 1).scaleb(-field.decimals)
        finest = Decimal(1).scaleb(-field.decimals)
        assert build(record, {field.name: largest})[field.start - 1 : field.end] == "9" * field.width
        assert wrong(record, field, largest + finest) == ("too-large",)
        assert wrong(record, field, finest / 10) == ("too-many-decimals",)
        assert wrong(record, field, -finest) == ("not-a-number",)
        assert wrong(record, field, Decimal("NaN")) == ("not-a-number",)


CODED = [(r, f) for _, r, f in FIELDS if f.codes]


@pytest.mark.parametrize(("record", "field"), CODED, ids=[f"{r.id}.{f.name}" for r, f in CODED])
def test_a_code_that_is_none_is_refused(record: Record, field: Field) -> None:
    every = {a + b for a in CHARACTERS[field.of] for b in CHARACTERS[field.of]}
    none = next(c for c in sorted(every) if c[: field.width].ljust(field.width, c[1]) not in field.codes)
    assert wrong(record, field, none[: field.width].ljust(field.width, none[1])) == ("unknown-code",)


@pytest.mark.parametrize(
    ("record", "field", "value", "code"),
    [
        ("10", "zone_id", "99", "wrong-shape"),
        ("10", "zone_id", "99900010", "wrong-shape"),  # eight characters are neither 7 nor 9
        ("10", "zone_id", "A990001", "wrong-shape"),
        ("10", "control_no", "1", "too-short"),
        ("10", "port", "140", "too-short"),
        ("10", "firms", "X99", "too-short"),
        ("20", "export_date", "20260230", "no-such-date"),
        ("20", "export_date", "2026021", "too-short"),
        ("40", "bill", "B1234", "too-short"),
        ("50", "coo", "CA", "not-allowed"),  # Canada: the province
        ("50", "hts", "91021110", "wrong-shape"),
        ("20", "name", " EVER", "wrong-class"),  # text begins on the left
        ("20", "name", "EVER ", "wrong-class"),
    ],
)
def test_shapes(record: str, field: str, value: str, code: str) -> None:
    assert wrong(RECORDS[record], RECORDS[record].field(field), value) == (code,)


def test_zero_is_not_blank() -> None:
    record = RECORDS["51"]
    assert parse(build(record, {"charges": Decimal(0)})).values == {"charges": Decimal(0)}
    assert parse(build(record, {})).values == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("99".ljust(80), "unknown-record"),
        ("", "unknown-record"),
        ("12REMARK", "wrong-length"),
        ("12REMARK".ljust(81), "wrong-length"),
        ("42".ljust(40) + "X".ljust(40), "not-blank"),
        ("51" + "       12.".ljust(78), "not-a-number"),
        ("51" + "        12".ljust(78), "not-a-number"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(text: str, code: str) -> None:
    assert code in [p.code for p in parse(text).problems]


def test_a_value_that_no_field_takes_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(KeyError, match="no field 'colour'"):
        build(RECORDS["10"], {"colour": "RED"})
