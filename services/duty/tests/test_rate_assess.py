"""What rates come to on given goods, and what they ask for when a fact is missing."""

from decimal import Decimal
from fractions import Fraction

import pytest

from ftz_duty.domain.assess import Assessed, Component, Needs, assess
from ftz_duty.domain.goods import Exact, Goods, Quantity, exact
from ftz_duty.domain.rate import (
    AdValorem,
    Amount,
    Compound,
    Free,
    Greater,
    Inherit,
    NoChange,
    Rate,
    Reference,
    Specific,
    SugarDegrees,
    money,
    plain,
)
from ftz_duty.domain.rate_text import Unread, read_rate

F = Fraction


def _rate(text: str) -> Rate:
    rate = read_rate(text)
    assert not isinstance(rate, Unread), rate
    return rate


def _assessed(text: str, goods: Goods) -> Assessed:
    result = assess(_rate(text), goods)
    assert isinstance(result, Assessed), result
    return result


def _asked(rate: Rate, goods: Goods) -> list[tuple[str, str, str]]:
    result = assess(rate, goods)
    assert isinstance(result, Needs), result
    assert all(need.why for need in result.missing)
    return [(need.kind, need.name, need.unit) for need in result.missing]


def _kg(amount: str) -> tuple[Quantity, ...]:
    return (Quantity(Decimal(amount), "kg"),)


def test_case_2_compound() -> None:
    """1.5¢/kg + 2.8 % on 2,400 kg worth $18,350: 36.00 + 513.80 = 549.80."""
    result = _assessed("1.5¢/kg + 2.8%", Goods(value=Decimal(18350), quantities=_kg("2400")))
    assert [component.amount for component in result.components] == [F(36), F("513.8")]
    assert result.amount == F("549.8")
    assert [component.reason for component in result.components] == [
        "1.5¢/kg × 2400 kg = $36",
        "2.8% × $18350 = $513.8",
    ]


def test_case_3_base_duty_of_a_specific_rate() -> None:
    """1.9¢/kg on 20,000 kg worth $10,000: base 380.00 (the minimum total of the same case is a measure)."""
    assert _assessed("1.9¢/kg", Goods(value=10_000, quantities=_kg("20000"))).amount == 380


def test_a_third_of_a_percent_stays_a_third() -> None:
    result = _assessed("33 1/3%", Goods(value=Decimal("100.01")))
    assert result.amount == F("100.01") / 3
    assert result.components[0].reason == "33 1/3% × $100.01 = $33 101/300"


CONVERTED: list[tuple[str, Quantity, Exact]] = [
    ("$1.24/t", Quantity(Decimal(2500), "kg"), F("3.1")),
    ("1¢/kg", Quantity(Decimal("1.5"), "t"), 15),
    ("10.6¢/g", Quantity(Decimal("0.5"), "kg"), 53),
    ("10.6¢/g", Quantity(10, "carat"), F("0.212")),
    ("1¢/kg", Quantity(1, "lb"), F("0.0045359237")),
    ("0.9¢ each", Quantity(100, "No."), F("0.9")),
    ("0.9¢ each", Quantity(5, "doz."), F("0.54")),
    ("0.9¢ each", Quantity(100, "pcs"), F("0.9")),
    ("2.8¢/doz.", Quantity(1, "gross"), F("0.336")),
    ("6.5¢/gross", Quantity(72, "No."), F("0.0325")),
    ("89.6¢/1000", Quantity(500, "No."), F("0.448")),
    ("20¢/thousand", Quantity(2, "thousands"), F("0.4")),
    ("68¢/head", Quantity(3, "No."), F("2.04")),
    ("76¢/pr.", Quantity(2, "doz. prs."), F("18.24")),
    ("18.7¢/m2", Quantity(10_000, "cm2"), F("0.187")),
    ("0.34¢/liter", Quantity(2, "m3"), F("6.8")),
    ("18.7¢/clean kg", Quantity(10, "cy kg"), F("1.87")),
    ("1.7¢/kg on lead content", Quantity(10, "Pb kg"), F("0.17")),
    ("3.6606¢/kg of total sugars", Quantity(1, "kg ttl sug"), F("0.036606")),
    ("0.3¢/line/ gross", Quantity(200, "gr.lines"), F("0.6")),
    ("17¢/jewel", Quantity(7, "Jwls."), F("1.19")),
    ("3.7¢/kg on drained weight", Quantity(10, "kg", "drained weight"), F("0.37")),
    ("3.7¢/kg on drained weight", Quantity(10_000, "g", "drained weight"), F("0.37")),
]


@pytest.mark.parametrize(
    ("text", "quantity", "amount"), CONVERTED, ids=[f"{row[0]} of {row[1]}" for row in CONVERTED]
)
def test_units_convert_exactly(text: str, quantity: Quantity, amount: Exact) -> None:
    assert _assessed(text, Goods(quantities=(quantity,))).amount == amount


@pytest.mark.parametrize(
    ("text", "quantity", "need"),
    [
        ("1¢/kg", Quantity(10, "No."), ("quantity", "mass", "kg")),
        ("1¢/kg", Quantity(10, "cy kg"), ("quantity", "mass", "kg")),
        ("1¢/kg", Quantity(10, "stone"), ("quantity", "mass", "kg")),
        ("1¢ each", Quantity(10, "prs."), ("quantity", "count", "each")),
        ("5.25¢/bbl", Quantity(10, "liters"), ("quantity", "barrels", "bbl")),
        ("18.9¢/pf.liter", Quantity(10, "liters"), ("quantity", "proof volume", "pf.liter")),
        ("10¢/pack", Quantity(10, "No."), ("quantity", "packs", "pack")),
        ("18.7¢/clean kg", Quantity(10, "kg"), ("quantity", "clean yield", "clean kg")),
        ("1.7¢/kg on lead content", Quantity(10, "kg"), ("quantity", "lead content", "kg")),
        ("1.7¢/kg on lead content", Quantity(10, "Cu kg"), ("quantity", "lead content", "kg")),
        ("3.7¢/kg on drained weight", Quantity(10, "kg"), ("quantity", "drained weight", "kg")),
        ("5¢/kg on contents and container", Quantity(10, "kg"), ("quantity", "contents and container", "kg")),
        ("2.8¢/jewel over 7", Quantity(17, "Jwls."), ("quantity", "jewels over 7", "jewel over 7")),
        ("0.2¢ for each other piece or part", Quantity(10, "No."),
         ("quantity", "other pieces or parts", "other piece or part")),
    ],
)  # fmt: skip
def test_what_does_not_convert_is_asked_for(
    text: str, quantity: Quantity, need: tuple[str, str, str]
) -> None:
    assert _asked(_rate(text), Goods(value=1, quantities=(quantity,))) == [need]


def test_two_quantities_that_disagree_are_a_question() -> None:
    goods = Goods(quantities=(Quantity(1, "t"), Quantity(2000, "g")))
    result = assess(_rate("1¢/kg"), goods)
    assert isinstance(result, Needs)
    assert "disagree (2, 1000 kg)" in result.missing[0].why
    in_its_own_unit = Goods(quantities=(*goods.quantities, Quantity(3, "kg")))
    assert _assessed("1¢/kg", in_its_own_unit).amount == F("0.03")


WATCH = "44¢ each + 6% on the case + 14% on the strap, band or bracelet + 5.3% on the battery"


def test_a_watch_is_priced_by_its_parts() -> None:
    values = {"case": Decimal(500), "strap, band or bracelet": Decimal(200), "battery": Decimal(10)}
    goods = Goods(value=Decimal(5000), quantities=(Quantity(100, "No."),), values=values)
    result = _assessed(WATCH, goods)
    assert [component.amount for component in result.components] == [44, 30, 28, F("0.53")]


def test_every_missing_fact_is_asked_for_at_once() -> None:
    assert _asked(_rate(WATCH), Goods(value=Decimal(5000), values={"battery": 10})) == [
        ("quantity", "count", "each"),
        ("value", "case", "USD"),
        ("value", "strap, band or bracelet", "USD"),
    ]
    assert _asked(_rate("5% + 3%"), Goods()) == [
        ("value", "dutiable value", "USD"),
    ]


SUGAR = (
    "3.6606¢/kg less 0.020668¢/kg for each degree under 100 degrees (and fractions of a degree in "
    "proportion) but not less than 3.143854¢/kg"
)


@pytest.mark.parametrize(
    ("degrees", "cents_per_kg"),
    [
        ("100", "3.6606"),
        ("96", "3.577928"),  # 3.6606 - 4 × 0.020668
        ("96.5", "3.588262"),  # fractions of a degree in proportion
        ("75", "3.143900"),
        ("74", "3.143854"),  # the floor
        ("0", "3.143854"),
    ],
)
def test_sugar_by_degrees(degrees: str, cents_per_kg: str) -> None:
    goods = Goods(quantities=_kg("1000"), polarization=Decimal(degrees))
    assert _assessed(SUGAR, goods).amount == F(cents_per_kg) * 10


@pytest.mark.parametrize("degrees", [None, Decimal("100.1")])
def test_sugar_asks_for_its_degrees(degrees: Decimal | None) -> None:
    goods = Goods(quantities=_kg("1000"), polarization=degrees)
    assert _asked(_rate(SUGAR), goods) == [("degrees", "polarization", "degrees")]
    assert _asked(_rate(SUGAR), Goods()) == [
        ("quantity", "mass", "kg"),
        ("degrees", "polarization", "degrees"),
    ]


def test_degrees_never_pay_back() -> None:
    rate = SugarDegrees(F("0.01"), F("0.001"), "kg")
    result = assess(rate, Goods(quantities=_kg("10"), polarization=50))
    assert isinstance(result, Assessed)
    assert result.amount == 0


@pytest.mark.parametrize(
    ("text", "value", "kilograms", "amount", "note"),
    [
        ("5% but not less than 2¢/kg", 100, "10", "5", "not less than: $5 against $0.2"),
        ("5% but not less than 2¢/kg", 1, "10", "0.2", "not less than: $0.2 against $0.05"),
        ("5% but not more than 2¢/kg", 100, "10", "0.2", "not more than: $0.2 against $5"),
        ("5% or 2¢/kg, whichever is lower", 1, "10", "0.05", "not more than: $0.05 against $0.2"),
    ],
)
def test_floors_and_caps(text: str, value: int, kilograms: str, amount: str, note: str) -> None:
    result = _assessed(text, Goods(value=value, quantities=_kg(kilograms)))
    assert result.amount == F(amount)
    assert [component.note for component in result.components] == [note]


def test_a_floor_needs_both_sides() -> None:
    rate = _rate("5% but not less than 2¢/kg")
    assert _asked(rate, Goods(value=100)) == [("quantity", "mass", "kg")]


PLATES = (
    "4.3% + 1.7¢/jewel + 0.2¢ for each other piece or part, but if consisting in part of a plate or a set of "
    "plates the total duty shall not exceed the duty for the complete movement"
)
CONDITION = "consisting in part of a plate or a set of plates"
MOVEMENT = "the duty for the complete movement"


def test_watch_parts_are_capped_when_a_plate_is_among_them() -> None:
    quantities = (Quantity(100, "Jwls."), Quantity(100, "No.", "other pieces or parts"))
    goods = Goods(value=100, quantities=quantities)
    rate = _rate(PLATES)
    assert _asked(rate, goods) == [("condition", CONDITION, "")]
    denied = Goods(value=100, quantities=quantities, conditions={CONDITION: False})
    assert _assessed(PLATES, denied).amount == F("6.2")
    plates = Goods(value=100, quantities=quantities, conditions={CONDITION: True})
    assert _asked(rate, plates) == [("amount", MOVEMENT, "USD")]
    capped = Goods(
        value=100, quantities=quantities, conditions={CONDITION: True}, amounts={MOVEMENT: Decimal(5)}
    )
    assert _assessed(PLATES, capped).amount == 5


HERE = "the applicable subheading"


@pytest.mark.parametrize(
    ("text", "applicable", "components"),
    [
        ("The duty provided in the applicable subheading + 25%", "6.8%", ["68", "250"]),
        ("The duty provided in the applicable subheading + 25%", "Free", ["0", "250"]),
        ("The duty provided in the applicable subheading + 25%", "1¢/kg + 2%", ["1", "20", "250"]),
        ("The duty provided in the applicable subheading", "6.8%", ["68"]),
        ("No change", "6.8%", ["68"]),
    ],
)
def test_chapter_99_adds_to_the_applicable_subheading(
    text: str, applicable: str, components: list[str]
) -> None:
    goods = Goods(value=1000, quantities=_kg("100"), rates={HERE: _rate(applicable)})
    assert [component.amount for component in _assessed(text, goods).components] == [F(c) for c in components]


def test_content_duty_asks_for_the_value_of_the_content() -> None:
    rate = _rate(
        "The duty provided in the applicable subheading + a duty of 50% upon the value of the steel content"
    )
    assert _asked(rate, Goods(value=1000)) == [("rate", HERE, ""), ("value", "steel content", "USD")]
    goods = Goods(value=1000, values={"steel content": 400}, rates={HERE: AdValorem(F(2))})
    result = assess(rate, goods)
    assert isinstance(result, Assessed)
    assert result.amount == 20 + 200


@pytest.mark.parametrize(
    ("applicable", "amount"), [(AdValorem(F("7.1")), "66"), (AdValorem(F("0.3")), "0"), (Free(), "0")]
)
def test_a_lowered_rate_is_never_below_free(applicable: Rate, amount: str) -> None:
    goods = Goods(value=1000, rates={"such subheading": applicable})
    assert _assessed("The duty rate provided in such subheading minus 0.5%", goods).amount == F(amount)


def test_only_a_plain_percentage_can_be_lowered() -> None:
    goods = Goods(value=1000, rates={"such subheading": Specific(F(1), "kg")}, quantities=_kg("1"))
    rate = _rate("The duty rate provided in such subheading minus 0.5%")
    assert _asked(rate, goods) == [("rate", "such subheading", "")]


def test_a_reference_asks_for_its_rate_and_takes_it() -> None:
    text = "The rate applicable to the natural juice in heading 2009"
    assert _asked(_rate(text), Goods(value=1)) == [("rate", text, "")]
    result = assess(
        _rate(text), Goods(quantities=(Quantity(10, "liters"),), rates={text: _rate("4.5¢/liter")})
    )
    assert isinstance(result, Assessed)
    assert result.amount == F("0.45")


@pytest.mark.parametrize("rate", [Inherit(), NoChange(), Inherit(addition=AdValorem(F(5)))])
def test_a_rate_that_refers_to_itself_asks(rate: Rate) -> None:
    assert _asked(rate, Goods(value=1, rates={HERE: rate})) == [("rate", HERE, "")]


def test_a_condition_of_freedom_must_be_confirmed() -> None:
    rate = _rate("Free, under bond, as prescribed in U.S. note 2 to this subchapter")
    terms = "under bond, as prescribed in U.S. note 2 to this subchapter"
    assert _asked(rate, Goods(value=1)) == [("condition", terms, "")]
    assert _asked(rate, Goods(value=1, conditions={terms: False})) == [("condition", terms, "")]
    result = assess(rate, Goods(value=1, conditions={terms: True}))
    assert result == Assessed((Component(F(0), rate, F(0), "USD"),))


REPAIRS = "A duty upon the value of the repairs or alterations (see U.S. note 3 of this subchapter)"
OWN = "the rate applicable to the article itself (see U.S. note 3 of this subchapter)"
REPAIRED = "value of the repairs or alterations"


def test_repairs_abroad_pay_on_their_declared_value() -> None:
    rate = _rate(REPAIRS)
    assert _asked(rate, Goods(value=1000)) == [("rate", OWN, ""), ("value", REPAIRED, "USD")]
    assert _asked(rate, Goods(value=1000, rates={OWN: AdValorem(F(5))})) == [("value", REPAIRED, "USD")]
    assert _assessed(REPAIRS, Goods(rates={OWN: AdValorem(F(5))}, values={REPAIRED: 80})).amount == 4


def test_repairs_of_goods_with_a_specific_rate_are_left_to_a_person() -> None:
    goods = Goods(rates={OWN: Specific(F(1), "kg")}, values={REPAIRED: 80}, quantities=_kg("1"))
    by_hand = f"{OWN}, upon the {REPAIRED}"
    assert _asked(_rate(REPAIRS), goods) == [("amount", by_hand, "USD")]
    given = Goods(rates={OWN: Specific(F(1), "kg")}, amounts={by_hand: Decimal("0.08")})
    assert _assessed(REPAIRS, given).amount == F("0.08")


def test_aircraft_pay_no_more_than_drawback_and_forgone_duty() -> None:
    text = (
        "A duty equal to the duty upon the importation of like articles not previously exported, but in no "
        "case in excess of the sum of (a) any customs drawback proved to have been allowed upon such "
        "exportation, and (b) the duty which would have been payable on any articles used in the manufacture "
        "or production of such aircraft had they not been entered and exported under heading 9813.00.05"
    )
    asked = _asked(_rate(text), Goods(value=1000))
    assert [kind for kind, _, _ in asked] == ["rate", "amount", "amount"]
    like, drawback, forgone = (name for _, name, _ in asked)
    goods = Goods(value=1000, rates={like: AdValorem(F(5))}, amounts={drawback: 10, forgone: 20})
    assert _assessed(text, goods).amount == 30


@pytest.mark.parametrize("bad", [1.5, True])
def test_only_exact_numbers_are_taken(bad: float) -> None:
    with pytest.raises(TypeError, match="not an exact number"):
        exact(bad)  # pyright: ignore[reportArgumentType] - what a caller without types may pass
    with pytest.raises(TypeError, match="not an exact number"):
        assess(AdValorem(F(5)), Goods(value=bad))  # pyright: ignore[reportArgumentType] - the same


@pytest.mark.parametrize(("bad", "why"), [("NaN", "NaN"), ("Infinity", "finite"), ("-0.01", "negative")])
def test_only_finite_numbers_from_zero_up_are_taken(bad: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        exact(Decimal(bad))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (F(0), "0"), (F("2.80"), "2.8"), (F(350), "350"), (F(100, 3), "33 1/3"), (F(1, 3), "1/3"),
        (F(-5, 2), "-2.5"),
        (F("0.00020668"), "0.00020668"), (F(-4, 3), "-1 1/3"), (F(1, 8), "0.125"), (F(1, 80), "0.0125"),
    ],
)  # fmt: skip
def test_numbers_are_written_exactly(number: Fraction, text: str) -> None:
    assert plain(number) == text


@pytest.mark.parametrize(
    ("dollars", "text"), [(F("0.015"), "1.5¢"), (F(1), "$1"), (F("1.646"), "$1.646"), (F("0.99"), "99¢")]
)
def test_money_is_written_as_the_schedule_does(dollars: Fraction, text: str) -> None:
    assert money(dollars) == text


def test_splitting_goods_splits_their_duty() -> None:
    """Duty is linear in the goods: two halves owe together what the whole owes, before rounding."""
    rate = Compound((Specific(F("0.0333"), "kg"), AdValorem(F(100, 3))))
    whole = assess(rate, Goods(value=Decimal("1000.01"), quantities=_kg("7.7")))
    parts = [
        assess(rate, Goods(value=Decimal("333.33"), quantities=_kg("2.2"))),
        assess(rate, Goods(value=Decimal("666.68"), quantities=_kg("5.5"))),
    ]
    assert isinstance(whole, Assessed)
    assert whole.amount == sum(part.amount for part in parts if isinstance(part, Assessed))


def test_an_amount_or_a_reference_inside_a_bound_is_asked_for() -> None:
    rate = Greater((Reference("See note 1"), Amount("the fee")))
    assert _asked(rate, Goods()) == [("rate", "See note 1", ""), ("amount", "the fee", "USD")]
