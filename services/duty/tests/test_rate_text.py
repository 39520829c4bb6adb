"""Real rate texts of the schedule and the rates they state; texts that must be refused."""

from fractions import Fraction

import pytest

from ftz_duty.domain.rate import (
    AdValorem,
    Amount,
    CappedIf,
    Compound,
    Free,
    Greater,
    Inherit,
    Lesser,
    NoChange,
    Rate,
    Reference,
    Segment,
    SpecialRates,
    Specific,
    SugarDegrees,
    Upon,
    words,
)
from ftz_duty.domain.rate_text import Unread, read_rate, read_special

F = Fraction

SUGAR = Greater(
    (SugarDegrees(F("0.036606"), F("0.00020668"), "kg"), Specific(F("0.03143854"), "kg"))
)  # 1701.12.10
WATCH = Compound(
    (
        Specific(F("0.44"), "each"),
        AdValorem(F(6), "case"),
        AdValorem(F(14), "strap, band or bracelet"),
        AdValorem(F("5.3"), "battery"),
    )
)
PLATES = CappedIf(
    Compound(
        (AdValorem(F("4.3")), Specific(F("0.017"), "jewel"), Specific(F("0.002"), "other piece or part"))
    ),
    "consisting in part of a plate or a set of plates",
    Amount("the duty for the complete movement"),
)

READ: list[tuple[str, Rate]] = [
    ("Free", Free()),
    ("6.8%", AdValorem(F("6.8"))),
    ("33 1/3%", AdValorem(F(100, 3))),
    ("33⅓%", AdValorem(F(100, 3))),
    ("1/2%", AdValorem(F(1, 2))),
    ("1¢/kg", Specific(F("0.01"), "kg")),
    ("$1.646/kg", Specific(F("1.646"), "kg")),
    ("4.5¢/ liter", Specific(F("0.045"), "liter")),
    ("18.9¢/pf.liter", Specific(F("0.189"), "pf.liter")),
    ("5.25¢/bbl", Specific(F("0.0525"), "bbl")),
    ("0.9¢ each", Specific(F("0.009"), "each")),
    ("68¢/head", Specific(F("0.68"), "head")),
    ("76¢/pr. + 32%", Compound((Specific(F("0.76"), "pr."), AdValorem(F(32))))),
    ("2.8¢/doz. of recording surface", Specific(F("0.028"), "doz.", "recording surface")),
    ("2.8¢/doz.", Specific(F("0.028"), "doz.")),
    ("$1.34/1000", Specific(F("1.34"), "1000")),
    ("10¢/1,000 pins + 3.5%", Compound((Specific(F("0.1"), "1000"), AdValorem(F("3.5"))))),
    ("$2.50/thou- sand + 40%", Compound((Specific(F("2.5"), "1000"), AdValorem(F(40))))),
    ("0.3¢/line/ gross + 4.6%", Compound((Specific(F("0.003"), "line/gross"), AdValorem(F("4.6"))))),
    ("18.7¢/clean kg", Specific(F("0.187"), "clean kg")),
    ("18.7¢/m²", Specific(F("0.187"), "m2")),
    ("$1.13/m³", Specific(F("1.13"), "m3")),
    ("６．８%", AdValorem(F("6.8"))),  # full-width digits
    ("3.3¢/lin. m", Specific(F("0.033"), "m")),
    ("$1.035/kg +13.6%", Compound((Specific(F("1.035"), "kg"), AdValorem(F("13.6"))))),
    ("2.2¢/kg  +  33.5%", Compound((Specific(F("0.022"), "kg"), AdValorem(F("33.5"))))),
    ("3.7¢/kg on drained weight", Specific(F("0.037"), "kg", "drained weight")),
    ("5¢/kg on contents and container", Specific(F("0.05"), "kg", "contents and container")),
    (
        "2.1¢/kg on entire contents of container",
        Specific(F("0.021"), "kg", "entire contents of container"),
    ),
    ("$1.32/t, including weight of container", Specific(F("1.32"), "t", "weight including container")),
    (
        "16.9¢/kg of total sugars + 5.1%",
        Compound((Specific(F("0.169"), "kg", "total sugars"), AdValorem(F("5.1")))),
    ),
    (
        "0.7¢/kg on copper content + 0.7¢/kg on lead content",
        Compound((Specific(F("0.007"), "kg", "copper content"), Specific(F("0.007"), "kg", "lead content"))),
    ),
    (
        "3.1¢/liter + 22.1¢/pf. liter on ethyl alcohol content",
        Compound((Specific(F("0.031"), "liter"), Specific(F("0.221"), "pf.liter"))),
    ),
    ("86.1¢/m2of recording surface", Specific(F("0.861"), "m2", "recording surface")),
    ("20¢/gross of immediate containers", Specific(F("0.2"), "gross", "immediate containers")),
    ("2.5% on the value of the lead content", AdValorem(F("2.5"), "lead content")),
    ("44¢ each + 6% on the case + 14% on the strap, band or bracelet + 5.3% on the battery", WATCH),
    ("44¢ each+6% on case +14% on the strap, band or bracelet + 5.3% on thebattery", WATCH),
    (
        "43¢ each + 2.8¢/jewel over 7 + 3.7% on the case",
        Compound(
            (Specific(F("0.43"), "each"), Specific(F("0.028"), "jewel over 7"), AdValorem(F("3.7"), "case"))
        ),
    ),
    (
        "4.7% on the value of the rifle + 20% on the value of the telescopic sight, if any",
        Compound((AdValorem(F("4.7"), "rifle"), AdValorem(F(20), "telescopic sight"))),
    ),
    ("6.5% on the entire set", AdValorem(F("6.5"), "entire set")),
    (
        "3.6606¢/kg less 0.020668¢/kg for each degree under 100 degrees (and fractions of a degree "
        "in proportion) but not less than 3.143854¢/kg",
        SUGAR,
    ),
    (
        "3.6606¢/kg less 0.020668¢ /kg for each degree under 100 degrees (and fractions of a degree "
        "in proportion) but not less 3.143854¢ /kg",
        SUGAR,
    ),
    (
        "4.3% + 1.7¢/jewel + 0.2¢ for each other piece or part, but if consisting in part of a plate "
        "or a set of plates the total duty shall not exceed the duty for the complete movement",
        PLATES,
    ),
    (
        "21 1/4¢/kg less 1/2¢/kg for each degree under 100 degrees",
        SugarDegrees(F("0.2125"), F("0.005"), "kg"),
    ),
    ("5% but not less than 2¢/kg", Greater((AdValorem(F(5)), Specific(F("0.02"), "kg")))),
    ("5%, but not more than 30¢ each", Lesser((AdValorem(F(5)), Specific(F("0.3"), "each")))),
    (
        "6% on the strap, band or bracelet or $1 each, whichever is lower",
        Lesser((AdValorem(F(6), "strap, band or bracelet"), Specific(F(1), "each"))),
    ),
    ("12¢/kg or 8%, whichever is higher", Greater((Specific(F("0.12"), "kg"), AdValorem(F(8))))),
    ("See additional U.S. note 5", Reference("See additional U.S. note 5")),
    (
        "The rate applicable to each garment in the ensemble if separately entered",
        Reference("The rate applicable to each garment in the ensemble if separately entered"),
    ),
    (
        "The rate applicable to the natural juice in heading 2009",
        Reference("The rate applicable to the natural juice in heading 2009", ("2009",)),
    ),
    (
        "The rate of duty appli- cable to that article in the set subject to the high- est rate of duty",
        Reference(
            "The rate of duty applicable to that article in the set subject to the highest rate of duty"
        ),
    ),
    ("Free, under bond", Free("under bond")),
    ("3 percent of the fair retail value", AdValorem(F(3), "fair retail value")),
    (
        "A duty upon the value of the repairs oralterations (see U.S. note 3 of this subchapter)",
        Upon(
            Reference("the rate applicable to the article itself (see U.S. note 3 of this subchapter)"),
            "value of the repairs or alterations",
        ),
    ),
    ("The duty rate provided in such subheading minus 0.5%", Inherit("such subheading", None, F("0.5"))),
    ("No change.", NoChange()),
    ("The duty provided in the applicable subheading", Inherit()),
    ("The duty provided for in the applicable subheading", Inherit()),
    ("The duty provided in the applicable subheading + 25%", Inherit(addition=AdValorem(F(25)))),
    ("The duty provided inthe applicable subheading+ 25%", Inherit(addition=AdValorem(F(25)))),
    ("The duty provided in the applicable subheading plus 25%", Inherit(addition=AdValorem(F(25)))),
    ("The duty provided in the applicable subheading + 50%.", Inherit(addition=AdValorem(F(50)))),
    (
        "The duty provided in the applicable subheading + a duty of 50% upon the value of the steel content.",
        Inherit(addition=AdValorem(F(50), "steel content")),
    ),
    (
        "The duty provided in the applicable subheading + a duty of 25% upon the value of the non-U.S. "
        "content",
        Inherit(addition=AdValorem(F(25), "non-U.S. content")),
    ),
    (
        "The duty provided in subheadings 8716.39.00, 8716.90.30 or 8716.90.50 + 100%",
        Inherit("subheadings 8716.39.00, 8716.90.30 or 8716.90.50", AdValorem(F(100))),
    ),
]


@pytest.mark.parametrize(("text", "rate"), READ, ids=[text for text, _ in READ])
def test_reads(text: str, rate: Rate) -> None:
    assert read_rate(text) == rate


@pytest.mark.parametrize("rate", [rate for _, rate in READ if not isinstance(rate, Upon)], ids=words)
def test_own_words_read_back(rate: Rate) -> None:
    assert read_rate(words(rate)) == rate


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (":", "neither a percentage"),
        ("2 5%", "blank between"),
        ("1. 5¢/kg", "blank between"),
        ("2,50%", "neither a percentage"),
        ("-5%", "neither a percentage"),
        ("5", "neither a percentage"),
        ("5¢", "neither a percentage"),
        ("5% +", "a term is missing"),
        ("5% 3%", "unknown basis"),
        ("5% on the lid", "unknown basis"),
        ("3¢/stone", "unknown unit"),
        ("3¢/kg on tin content", "unknown unit or basis"),
        ("5% whichever is higher", "does not name two rates"),
        ("5% or Free, whichever is higher", "neither a percentage"),
        ("Free 5%", "neither a percentage"),
        ("Free, plus 5%", "neither a percentage"),
        ("6.8¹%", "neither a percentage"),  # a footnote mark is not a digit
        ("5²%", "neither a percentage"),
        ("5%¹", "unknown basis"),
        ("٣%", "neither a percentage"),
        ("5&1/2%", "neither a percentage"),
        ("33 1/0%", "blank between"),
        ("2 1¢/kg less 1¢/kg for each degree under 100 degrees", "blank between"),
        ("4¢/kg less 1¢/liter for each degree under 100 degrees", "same unit"),
        ("The duty provided in the applicable subheading + 25% on the lid", "unknown basis"),
        ("1/0%", "neither a percentage"),
        ("NaN%", "neither a percentage"),
    ],
)
def test_refuses_by_name(text: str, reason: str) -> None:
    refused = read_rate(text)
    assert isinstance(refused, Unread)
    assert refused.text == text
    assert reason in refused.reason


FREE = Free()
SPECIAL: list[tuple[str, tuple[Segment, ...]]] = [
    ("Free (A+,AU,BH)", (Segment(FREE, ("A+", "AU", "BH")),)),
    ("Free \n(A, AU, E*,S+)", (Segment(FREE, ("A", "AU", "E*", "S+")),)),
    ("Free (A,AU)2.7% (JP)", (Segment(FREE, ("A", "AU")), Segment(AdValorem(F("2.7")), ("JP",)))),
    (
        "Free (AU,KR) 1.9¢/liter + 13.9¢/pf. liter (JO)",
        (
            Segment(FREE, ("AU", "KR")),
            Segment(Compound((Specific(F("0.019"), "liter"), Specific(F("0.139"), "pf.liter"))), ("JO",)),
        ),
    ),
    (
        "Free (BH) See 9918.04.50, 9918.04.58 (CO) See 9919.04.50-9919.04.67 (PA (PA)",
        (
            Segment(FREE, ("BH",)),
            Segment(Reference("See 9918.04.50, 9918.04.58", ("9918.04.50", "9918.04.58")), ("CO",)),
            Segment(Reference("See 9919.04.50-9919.04.67", ("9919.04.50-9919.04.67",)), ("PA",)),
        ),
    ),
    (
        "No change (A) Free (CA,IL, MX) See U.S. note 3 to this sub- chapter (E) See U.S. note 3(e) (CO,PE)",
        (
            Segment(NoChange(), ("A",)),
            Segment(FREE, ("CA", "IL", "MX")),
            Segment(Reference("See U.S. note 3 to this subchapter"), ("E",)),
            Segment(Reference("See U.S. note 3(e)"), ("CO", "PE")),
        ),
    ),
    (
        "Free (AU,BH) A duty upon the value of such processing outside the United States "
        "(see U.S. note 3 of this subchapter) (B,C,)",
        (
            Segment(FREE, ("AU", "BH")),
            Segment(
                Upon(
                    Reference(
                        "the rate applicable to the article itself (see U.S. note 3 of this subchapter)"
                    ),
                    "value of such processing outside the United States",
                ),
                ("B", "C"),
            ),
        ),
    ),
    ("Free (L,JO,L)", (Segment(FREE, ("L", "JO")),)),
    ("Free (See U.S. note 4 of this subchapter)", (Segment(Free("See U.S. note 4 of this subchapter"), ()),)),
    ("No change", (Segment(NoChange(), ()),)),
]


@pytest.mark.parametrize(("text", "segments"), SPECIAL, ids=[text for text, _ in SPECIAL])
def test_reads_special(text: str, segments: tuple[Segment, ...]) -> None:
    assert read_special(text) == SpecialRates(segments)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("Free (AU) 5%", "names no programme"),
        ("5% on the lid (AU)", "unknown basis"),
        ("(AU,KR)", "empty"),
        ("Free (AU,KR) 5% (KR)", "KR listed with more than one rate"),
        ("Free (au)", "neither a percentage"),
    ],
)
def test_refuses_special_by_name(text: str, reason: str) -> None:
    refused = read_special(text)
    assert isinstance(refused, Unread)
    assert refused.text == text
    assert reason in refused.reason


def test_special_answers_by_programme() -> None:
    special = read_special("Free (A,AU)2.7% (JP)")
    assert isinstance(special, SpecialRates)
    assert special.programmes() == ("A", "AU", "JP")
    assert special.rate("JP") == AdValorem(F("2.7"))
    assert special.rate("A*") is None
