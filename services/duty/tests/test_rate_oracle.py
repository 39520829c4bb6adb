"""The engine against a reading of the same texts that shares nothing with it: no table, no pattern, no type.

The oracle takes a text and plain facts and works with string methods and integers; it names missing facts by
the names that `Needs` promises. The cases are generated from a seed, with the typographic noise of exports.
"""

import csv
import os
import random  # noqa: TID251 - the generator of cases owns its seeded Random
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest

from ftz_duty.domain.assess import Assessed, Needs, assess
from ftz_duty.domain.goods import Goods, Quantity
from ftz_duty.domain.rate import Rate, SpecialRates
from ftz_duty.domain.rate_text import Unread, read_rate, read_special

Answer = Fraction | frozenset[str]


@dataclass
class Case:
    text: str
    programme: str = ""
    applicable: str = ""
    value: Fraction | None = None
    values: dict[str, Fraction] = field(default_factory=dict)
    quantities: list[tuple[Fraction, str, str]] = field(default_factory=list)
    polarization: Fraction | None = None
    plates: bool | None = None
    movement_duty: Fraction | None = None


# --- the oracle

# First hit counts, so longer phrases come before the words they contain.
VALUE_WORDS = [
    ("movementandcase", "movement and case"), ("caseandstrap", "case and strap, band or bracelet"),
    ("strap", "strap, band or bracelet"), ("movement", "movement"), ("case", "case"), ("battery", "battery"),
    ("apparatus", "apparatus"), ("rifle", "rifle"), ("sight", "telescopic sight"), ("steel", "steel content"),
    ("aluminum", "aluminum content"), ("copper", "copper content"), ("lead", "lead content"),
    ("nonu.s.", "non-U.S. content"), ("retail", "fair retail value"), ("entireset", ""),
]  # fmt: skip
# Beginning of what follows the stroke: (name of what is measured, how many of the smallest measure, basis).
PER_WORDS = [
    ("cleankg", ("mass", 1000, "clean yield")), ("kg", ("mass", 1000, "")), ("gross", ("count", 144, "")),
    ("g", ("mass", 1, "")), ("thousand", ("count", 1000, "")), ("t", ("mass", 1000000, "")),
    ("line/gross", ("gross lines", 1, "")), ("liter", ("volume", 1, "")), ("lin.m", ("length", 1, "")),
    ("pf.liter", ("proof volume", 1, "")), ("pack", ("packs", 1, "")), ("pr", ("pairs", 1, "")),
    ("bbl", ("barrels", 1, "")), ("m2", ("area", 1, "")), ("m3", ("volume", 1000, "")),
    ("m", ("length", 1, "")),
    ("doz", ("count", 12, "")), ("1,000", ("count", 1000, "")), ("1000", ("count", 1000, "")),
    ("jewelover7", ("count", 1, "jewels over 7")), ("jewel", ("count", 1, "jewels")),
    ("foreachother", ("count", 1, "other pieces or parts")), ("each", ("count", 1, "")),
    ("head", ("count", 1, "")), ("article", ("count", 1, "")),
]  # fmt: skip
BASIS_WORDS = [
    ("drained", "drained weight"), ("entirecontents", "entire contents of container"),
    ("contentsandcontainer", "contents and container"), ("includingweight", "weight including container"),
    ("sugars", "total sugars"), ("recording", "recording surface"), ("immediate", "immediate containers"),
    ("morphine", "anhydrous morphine content"), ("copper", "copper content"), ("lead", "lead content"),
    ("zinc", "zinc content"), ("molybdenum", "molybdenum content"), ("tungsten", "tungsten content"),
    ("silicon", "silicon content"), ("manganese", "manganese content"), ("magnesium", "magnesium content"),
]  # fmt: skip
# Units in which the cases give quantities: what is measured, numerator, denominator, basis.
GIVEN = {
    "kg": ("mass", 1000, 1, ""), "g": ("mass", 1, 1, ""), "t": ("mass", 1000000, 1, ""),
    "carat": ("mass", 1, 5, ""), "cy kg": ("mass", 1000, 1, "clean yield"),
    "Pb kg": ("mass", 1000, 1, "lead content"), "kg ttl sug": ("mass", 1000, 1, "total sugars"),
    "No.": ("count", 1, 1, ""), "doz.": ("count", 12, 1, ""), "gross": ("count", 144, 1, ""),
    "thousands": ("count", 1000, 1, ""), "Dz Pcs": ("count", 12, 1, ""), "Jwls.": ("count", 1, 1, "jewels"),
    "liters": ("volume", 1, 1, ""), "m3": ("volume", 1000, 1, ""), "pf.liters": ("proof volume", 1, 1, ""),
    "m²": ("area", 1, 1, ""), "cm2": ("area", 1, 10000, ""), "m": ("length", 1, 1, ""),
    "prs.": ("pairs", 1, 1, ""), "doz. prs.": ("pairs", 12, 1, ""), "bbl": ("barrels", 1, 1, ""),
    "pack": ("packs", 1, 1, ""), "gr.lines": ("gross lines", 1, 1, ""),
}  # fmt: skip


def oracle(case: Case, text: str | None = None) -> Answer:  # noqa: PLR0911 - one return per form of text
    """The duty that the text asks for, or the names of the facts it lacks."""
    said = flat(case.text if text is None else text)
    if case.programme and text is None:
        for piece in said.split(")")[:-1]:
            rate, _, symbols = piece.rpartition("(")
            if case.programme.lower() in [symbol.strip() for symbol in symbols.split(",")]:
                return oracle(case, rate)
        raise AssertionError("the programme is not in the cell")
    if said == "free":
        return Fraction(0)
    if said.startswith("the duty provided"):
        return inherited(case, said)
    if " for each degree " in said:
        return degrees(case, said)
    if " whichever is " in said:
        body, _, which = said.partition(" whichever is ")
        pieces = body.split(" or ")
        second = next(at for at, piece in enumerate(pieces) if at and piece[0] in "$.0123456789")
        sides = [oracle(case, " or ".join(part).strip(" ,")) for part in (pieces[:second], pieces[second:])]
        return either(sides, max if which == "higher" else min)
    for joint, pick in ((" but not less than ", max), (" but not more than ", min)):
        if joint in said:
            return either([oracle(case, side.strip(" ,")) for side in said.split(joint)], pick)
    if "set of plates" in said:
        return plates(case, said.split(", but if")[0])
    return total([term(case, part) for part in said.split("+")])


def flat(text: str) -> str:
    for old, new in (("\u00a0", " "), ("\u00ad", ""), ("²", "2"), ("³", "3"), ("\n", " "), ("- ", "")):
        text = text.replace(old, new)
    text = " ".join(text.lower().split()).replace(" (and fractions of a degree in proportion)", "")
    return text[:-1] if text.endswith(".") and not text.endswith(("doz.", "pr.")) else text


def total(answers: list[Answer]) -> Answer:
    missing = [answer for answer in answers if isinstance(answer, frozenset)]
    if missing:
        return frozenset().union(*missing)
    return sum((answer for answer in answers if isinstance(answer, Fraction)), Fraction(0))


def either(answers: list[Answer], pick: object) -> Answer:
    whole = total(answers)
    amounts = [answer for answer in answers if isinstance(answer, Fraction)]
    return whole if isinstance(whole, frozenset) else (max(amounts) if pick is max else min(amounts))


def decimal(text: str) -> Fraction:
    whole = Fraction(0)
    for part in text.split():
        if "/" in part:
            above, below = part.split("/")
            whole += Fraction(int(above), int(below))
        else:
            left, _, right = part.replace(",", "").partition(".")
            whole += Fraction(int((left or "0") + right), 10 ** len(right))
    return whole


def term(case: Case, part: str) -> Answer:
    part = part.strip()
    for sign in ("%", "percent"):
        if sign in part:
            number, _, on = part.partition(sign)
            squeezed = on.replace(" ", "").replace("-", "")
            key = next((key for word, key in VALUE_WORDS if word in squeezed), "")
            known = case.values.get(key) if key else case.value
            return frozenset({key or "dutiable value"}) if known is None else known * decimal(number) / 100
    if part.startswith("$"):
        at = min(at for at in (part.find("/"), part.find(" e"), part.find(" f")) if at > 0)
        dollars, per = decimal(part[1:at]), part[at:]
    else:
        number, _, per = part.partition("¢")
        dollars = decimal(number) / 100
    per = per.replace(" ", "").lstrip("/")
    what, size, basis = next(found for word, found in PER_WORDS if per.startswith(word))
    basis = next((name for word, name in BASIS_WORDS if word in per), basis)
    measured = measure(case, what, basis)
    return frozenset({basis or what}) if measured is None else dollars * measured / size


def measure(case: Case, what: str, basis: str) -> Fraction | None:
    for amount, unit, on in case.quantities:
        dimension, above, below, own = GIVEN[unit]
        if dimension == what and (on or own) == basis:
            return amount * above / below
    return None


def inherited(case: Case, said: str) -> Answer:
    _, _, tail = said.partition("subheading")
    tail = tail.strip(" .").replace("plus", "+")
    missing = frozenset({"the applicable subheading"})
    if "minus" in tail:
        lowered = decimal(tail.replace("minus", "").replace("%", ""))
        if not case.applicable or any(word in case.applicable for word in ("¢", "$", "+", " on ", " of ")):
            return missing
        words = case.applicable.replace("percent", "").replace("%", "")
        percent = Fraction(0) if words == "Free" else decimal(words)
        if case.value is None:
            return frozenset({"dutiable value"})
        return max(Fraction(0), percent - lowered) * case.value / 100
    base: Answer = oracle(case, case.applicable) if case.applicable else missing
    if not tail:
        return base
    added = tail.lstrip("+ ").removeprefix("a duty of ")
    return total([base, *(term(case, part) for part in added.split("+"))])


def degrees(case: Case, said: str) -> Answer:
    first, _, rest = said.partition("less")
    taken, _, rest = rest.partition("for each")
    floor = rest.partition("not less")[2].replace("than", "").strip()
    each = decimal(first.partition("¢")[0])
    away = decimal(taken.partition("¢")[0])
    kilograms = measure(case, "mass", "")
    missing = {"mass"} if kilograms is None else set()
    if case.polarization is None:
        missing.add("polarization")
    if missing or kilograms is None or case.polarization is None:
        return frozenset(missing)
    cents = max(Fraction(0), each - away * (100 - case.polarization))
    if floor:
        cents = max(cents, decimal(floor.partition("¢")[0]))
    return cents * kilograms / 1000 / 100


def plates(case: Case, body: str) -> Answer:
    duty = total([term(case, part) for part in body.split("+")])
    if case.plates is None:
        return total([duty, frozenset({"consisting in part of a plate or a set of plates"})])
    if not case.plates:
        return duty
    cap: Answer = (
        frozenset({"the duty for the complete movement"})
        if case.movement_duty is None
        else case.movement_duty
    )
    return either([duty, cap], min)


# --- the cases

VALUE_TAILS = [
    "", "", "", "", " on the case", " on case", " on the battery", " on the strap, band or bracelet",
    " on the movement", " on the movement and case", " on the case and strap, band or bracelet",
    " on the apparatus", " on the value of the lead content", " on the value of the rifle",
    " on the value of the telescopic sight, if any", " on the entire set", " of the fair retail value",
]  # fmt: skip
PER_TAILS = [
    "/kg", "/kg", "/kg", "/t", "/g", "/liter", "/ liter", "/pf. liter", "/pf.liter", "/bbl", "/m2", "/m²",
    "/m3",
    "/m", "/lin. m", "/doz.", "/gross", "/pr.", "/1000", "/1,000", "/thousand", "/1,000 pins", "/head",
    "/article",
    "/pack", "/jewel", "/jewel over 7", "/line/ gross", " each", " each", " for each other piece or part",
    "/clean kg", "/kg on drained weight", "/kg on contents and container",
    "/kg on entire contents of container", "/kg of total sugars", "/t, including weight of container",
    "/m2 of recording surface", "/gross of immediate containers", "/kg of anhydrous morphine content",
    "/pf. liter on ethyl alcohol content", "/kg on lead content", "/kg on copper content",
    "/kg on molybdenum content", "/kg on tungsten content", "/kg on silicon content",
]  # fmt: skip
PROGRAMMES = [
    "A",
    "A*",
    "A+",
    "AU",
    "BH",
    "CL",
    "CO",
    "D",
    "E",
    "IL",
    "JO",
    "JP",
    "KR",
    "MA",
    "P",
    "P+",
    "S",
    "S+",
]


def number(rng: random.Random, *, mixed: bool = True) -> str:
    kind = rng.randrange(0 if mixed else 1, 8)
    if kind == 0:
        below = rng.choice((2, 3, 4, 6, 7, 8))
        return f"{rng.randrange(1, 90)} {rng.randrange(1, below)}/{below}"
    if kind == 1:
        return f"{rng.randrange(1, 10)},{rng.randrange(1000):03d}.{rng.randrange(10)}"
    if kind < 4:
        return str(rng.randrange(1, 400))
    return f"{rng.randrange(0, 90)}.{rng.randrange(1, 10 ** rng.randrange(1, 6))}"


def percent(rng: random.Random) -> str:
    return f"{number(rng)}{rng.choice(('%', '%', '%', ' percent'))}{rng.choice(VALUE_TAILS)}"


def money(rng: random.Random) -> str:
    tail = rng.choice(PER_TAILS)
    return f"{number(rng)}¢{tail}" if rng.random() < 0.7 else f"${number(rng, mixed=False)}{tail}"


def compound(rng: random.Random, most: int = 4) -> str:
    return " + ".join(rng.choice((percent, money))(rng) for _ in range(rng.randrange(1, most + 1)))


def text(rng: random.Random) -> tuple[str, str]:  # noqa: PLR0911 - one return per form of text
    """A rate text and, for inherited ones, the rate of the applicable subheading ("" when not known)."""
    kind = rng.randrange(12)
    if kind < 5:
        return compound(rng), ""
    if kind == 5:
        floor = f" but not less{rng.choice((' than', ''))} {number(rng)}¢/kg" if rng.random() < 0.7 else ""
        aside = rng.choice(("", " (and fractions of a degree in proportion)"))
        middle = f"for each degree under 100 degrees{aside}"
        return f"{number(rng)}¢/kg less {number(rng)}¢/kg {middle}{floor}", ""
    if kind == 6:
        body = f"{number(rng)}% + {number(rng)}¢/jewel + {number(rng)}¢ for each other piece or part"
        tail = "the total duty shall not exceed the duty for the complete movement"
        return f"{body}, but if consisting in part of a plate or a set of plates {tail}", ""
    if kind == 7:
        return f"{compound(rng, 2)} but not {rng.choice(('less', 'more'))} than {compound(rng, 2)}", ""
    if kind == 8:
        return f"{compound(rng, 2)} or {compound(rng, 2)}, whichever is {rng.choice(('higher', 'lower'))}", ""
    base = rng.choice(("", "Free", f"{number(rng)}%", compound(rng, 2)))
    lead = rng.choice(
        (
            "The duty provided in the applicable subheading",
            "The duty provided for in the applicable subheading",
        )
    )
    if kind == 9:
        return f"{lead} minus {rng.randrange(0, 9)}.{rng.randrange(1, 10)}%", base
    if kind == 10:
        metal = rng.choice(("steel", "aluminum", "copper", "non-U.S."))
        return (
            f"{lead} + a duty of {number(rng)}% upon the value of the {metal} content{rng.choice(('', '.'))}",
            base,
        )
    return lead + rng.choice(
        ("", f" + {number(rng)}%", f" plus {number(rng)}%", f" + {compound(rng, 2)}")
    ), base


def noise(rng: random.Random, clean: str) -> str:
    for old, new in (
        (" + ", rng.choice((" + ", "+", " +", "+ ", "  +  ", " +\n"))),
        ("¢/", rng.choice(("¢/", "¢/", "¢ /", "¢/ "))),
        (" on the ", rng.choice((" on the ", " on the  ", "\u00a0on\u00a0the "))),
        ("battery", rng.choice(("battery", "bat- tery", "bat\u00adtery"))),
        ("content", rng.choice(("content", "con- tent"))),
        ("the battery", rng.choice(("the battery", "thebattery"))),
    ):
        clean = clean.replace(old, new)
    return f"{rng.choice(('', ' '))}{clean}{rng.choice(('', ' '))}"


def generated(rng: random.Random) -> Case:
    words, base = text(rng)
    case = Case(noise(rng, words), applicable=base)
    if rng.random() < 0.1:
        symbols = rng.sample(PROGRAMMES, 6)
        case.programme = rng.choice(symbols[:2])
        other = rng.choice(("Free", "3.2%"))
        case.text = (
            f"{other} ({', '.join(symbols[2:])}){rng.choice(('', ' '))}{case.text} ({','.join(symbols[:2])})"
        )
        if rng.random() < 0.3:
            case.programme = symbols[4]
    if rng.random() < 0.97:
        case.value = Fraction(rng.randrange(0, 10**8), 100)
    for key in VALUE_KEYS:
        if rng.random() < 0.93:
            case.values[key] = rng.choice(AMOUNTS)
    case.quantities = quantities(rng)
    case.polarization = Fraction(rng.randrange(0, 1001), 10) if rng.random() < 0.9 else None
    case.plates = rng.choice((None, True, False))
    case.movement_duty = Fraction(rng.randrange(0, 10**6), 100) if rng.random() < 0.9 else None
    return case


def _things() -> list[list[tuple[str, str]]]:
    """For each thing that can be measured, the ways to state it: unit and basis."""
    ways: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for unit, (what, _, _, basis) in GIVEN.items():
        ways.setdefault((what, basis), []).append((unit, ""))
    for word, basis in BASIS_WORDS:
        unit = {"recording": "m²", "immediate": "No."}.get(word, "kg")
        ways.setdefault((GIVEN[unit][0], basis), []).append((unit, basis))
    for basis in ("jewels over 7", "other pieces or parts"):
        ways[("count", basis)] = [("No.", basis)]
    return list(ways.values())


THINGS = _things()
VALUE_KEYS = sorted({key for _, key in VALUE_WORDS if key})
# Drawn from a pool: making a fraction costs more than reading a rate.
AMOUNTS = [Fraction(at * at * 7919 % 10**6, (1, 10, 100)[at % 3]) for at in range(2_000)]


def quantities(rng: random.Random) -> list[tuple[Fraction, str, str]]:
    """Of most things one quantity, in one of the ways to state it."""
    chosen = [rng.choice(ways) for ways in THINGS if rng.random() < 0.95]
    return [(rng.choice(AMOUNTS), unit, basis) for unit, basis in chosen]


# --- the comparison


def engine(case: Case) -> Answer | Unread:
    rate: Rate | Unread | None
    if case.programme:
        special = read_special(case.text)
        rate = special.rate(case.programme) if isinstance(special, SpecialRates) else special
    else:
        rate = read_rate(case.text)
    if rate is None or isinstance(rate, Unread):
        return rate or Unread(case.text, "programme not listed")
    applicable = read_rate(case.applicable) if case.applicable else None
    if isinstance(applicable, Unread):
        return applicable
    named = {} if case.movement_duty is None else {"the duty for the complete movement": case.movement_duty}
    goods = Goods(
        value=case.value,
        quantities=tuple(Quantity(*given) for given in case.quantities),
        values=case.values,
        amounts=named,
        rates={} if applicable is None else {"the applicable subheading": applicable},
        conditions={}
        if case.plates is None
        else {"consisting in part of a plate or a set of plates": case.plates},
        polarization=case.polarization,
    )
    result = assess(rate, goods)
    if isinstance(result, Needs):
        return frozenset(need.name for need in result.missing)
    assert isinstance(result, Assessed)
    return result.amount


def compare(count: int, seed: int) -> tuple[int, int]:
    """How many cases gave an amount and how many asked; any disagreement fails with its case."""
    rng = random.Random(seed)
    amounts = 0
    for _ in range(count):
        case = generated(rng)
        expected = oracle(case)
        assert engine(case) == expected, case
        amounts += isinstance(expected, Fraction)
    return amounts, count - amounts


def test_engine_and_oracle_agree() -> None:
    amounts, asked = compare(4_000, seed=146)
    assert amounts > 2_000
    assert asked > 400


@pytest.mark.slow
def test_engine_and_oracle_agree_on_100_000_cases() -> None:
    amounts, asked = compare(100_000, seed=65)
    assert amounts > 50_000
    assert asked > 10_000


@pytest.mark.data
@pytest.mark.parametrize("name", ["hts_2026_rev4.csv", "hts_2025-12-01.csv"])
def test_engine_and_oracle_agree_on_the_real_texts(name: str) -> None:
    folder = os.getenv("FTZ_DATA")
    if not folder:
        pytest.skip(f"{name}: FTZ_DATA names no folder of public data files")
    with (Path(folder) / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("General Rate of Duty", "Column 2 Rate of Duty", "Additional Duties")
    texts = sorted(
        {row[column] for row in rows for column in columns if any(c in row[column] for c in "%¢$")}
    )
    rng = random.Random(9)
    for words in texts:
        for _ in range(3):
            case = generated(rng)
            case.programme, case.text, case.applicable = "", words, ""
            if "full value" in words or "minus" in words or "subheadings" in words:
                continue  # read by hand in test_rate_text
            assert engine(case) == oracle(case), case
    assert len(texts) > 1_500
