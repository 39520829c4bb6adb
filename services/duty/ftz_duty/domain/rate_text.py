"""One reader for the rate texts of chapters 1 to 99, in all three columns, into the union of `rate`.

What it does not understand it refuses whole, with the text and the reason: half of a rate is never a rate.
Numbers are exact; digits with a blank between them are refused, because closing the gap would invent a
number.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ftz_duty.domain.rate import (
    APPLICABLE,
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
)
from ftz_duty.domain.rate_phrases import (
    AIRCRAFT,
    AIRCRAFT_DUTY,
    DRAWBACK,
    ENTRY_TAX,
    LIKE_ARTICLES,
    LIKE_ARTICLES_TAX,
    MOVEMENT_DUTY,
    PLATES,
    QUANTITY_BASES,
    REFERENCES,
    RETURNED,
    UNITS,
    VALUE_BASES,
    squeeze,
    tidy,
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A rate text that is kept but not understood: nobody may price on it."""

    text: str
    reason: str


_AND = "\ue000"  # holds a mixed number together while blanks are squeezed out
_FRACTION = r"\d+/[1-9]\d*"
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?|\.\d+|\d+{_AND}{_FRACTION}|{_FRACTION}"
_MIXED = re.compile(rf"(?<![\d.,/])(\d+) ({_FRACTION})(?![\d.,/])", re.ASCII)
_GAP = re.compile(r"\d[.,]? +[.,]?\d|\d[.,] +\d", re.ASCII)
_PERCENT = re.compile(rf"(?P<number>{_NUMBER})(?:%|percent)(?P<basis>.*)", re.ASCII)
_MONEY = re.compile(
    rf"(?:\$(?P<dollars>{_NUMBER})|(?P<cents>{_NUMBER})¢)(?:/|(?=each)|for(?=each))(?P<per>.*)", re.ASCII
)
_DEGREES = re.compile(
    r"(?P<base>.+?)less(?P<less>.+?)foreachdegreeunder100degrees"
    r"(?:\(andfractionsofadegreeinproportion\))?(?:butnotless(?:than)?(?P<floor>.+))?"
)
_FLOOR = re.compile(r"(.+?),? but not less than (.+)", re.IGNORECASE)
_CAP = re.compile(r"(.+?),? but not (?:more than|to exceed|over) (.+)", re.IGNORECASE)
_WHICHEVER = re.compile(
    r"(?P<body>.+?),? whichever is (?:the )?(?P<which>higher|greater|lower|less)", re.IGNORECASE
)
_PLATES = squeeze(f", but if {PLATES} the total duty shall not exceed {MOVEMENT_DUTY}")
_INHERIT = re.compile(
    r"the (?:duty |rate |duty rate )provided (?:for )?in ?"
    r"(?P<where>the applicable subheading|such subheading|subheadings? [\d., or]*\d)\.?"
    r"(?: ?(?:\+|plus) ?(?P<plus>.+)| ?minus (?P<minus>\d+(?:\.\d+)?)%)?\.?",
    re.IGNORECASE | re.ASCII,
)
_FREE = re.compile(r"free ?(?:, ?(?P<terms>[^%¢$]+)|\((?P<note>see [^%¢$]+)\))", re.IGNORECASE)
_UPON = re.compile(
    r"a duty upon the (?P<basis>(?:full )?value of .+?) ?(?:\((?P<note>see [^()]+)\))?", re.IGNORECASE
)
_ABSENT = re.compile(
    r"(?P<where>the rate applicable in the absence of this (?:sub)?heading) on the "
    r"(?P<basis>cost of such parts)",
    re.IGNORECASE,
)
_LINES = re.compile(r"\b\d{4}(?:\.\d{2}){1,3}(?:-\d{4}(?:\.\d{2}){1,3})?\b|(?<=heading )\d{4}\b", re.ASCII)
_PROGRAMMES = re.compile(r"\(([A-Z]{1,2}[+*]?(?: ?, ?[A-Z]{1,2}[+*]?)*) ?,? ?\)")
_STUTTER = re.compile(r"\(([A-Z]{1,2}[+*]?) \(\1\)")


@lru_cache(maxsize=8192)
def read_rate(text: str) -> Rate | Unread:
    """The rate that a General, Column 2 or Additional Duties cell states; for Special cells see
    `read_special`.
    """
    clean = tidy(text)
    if not clean:
        return Unread(text, "the cell is empty")
    for read in (_fixed, _inherited, _elsewhere, _bounded):
        found = read(clean)
        if isinstance(found, Unread):
            return Unread(text, found.reason)
        if found is not None:
            return found
    found = _sum(clean)
    return Unread(text, found.reason) if isinstance(found, Unread) else found


@lru_cache(maxsize=8192)
def read_special(text: str) -> SpecialRates | Unread:
    """The rates of a Special cell by programme: `Free (AU,KR) 3.2% (JP) See 9822.05.20 (P+)`."""
    clean = _STUTTER.sub(r"(\1)", tidy(text))
    if not clean:
        return Unread(text, "the cell is empty")
    segments: list[Segment] = []
    at = 0
    for match in _PROGRAMMES.finditer(clean):
        rate = read_rate(clean[at : match.start()])
        if isinstance(rate, Unread):
            return Unread(text, f"before ({match[1]}): {rate.reason}")
        symbols = dict.fromkeys(symbol.strip() for symbol in match[1].split(","))
        segments.append(Segment(rate, tuple(symbols)))
        at = match.end()
    if rest := clean[at:].strip(" ."):
        if segments:
            return Unread(text, f"{rest!r} names no programme")
        rate = read_rate(clean)
        if isinstance(rate, Unread):
            return Unread(text, rate.reason)
        segments.append(Segment(rate, ()))
    listed = [symbol for segment in segments for symbol in segment.programmes]
    if twice := sorted({symbol for symbol in listed if listed.count(symbol) > 1}):
        return Unread(text, f"{', '.join(twice)} listed with more than one rate")
    return SpecialRates(tuple(segments))


def _marked(text: str) -> str:
    """Mixed numbers held together, so that squeezing "33 1/3" cannot make 331/3 of it."""
    return _MIXED.sub(rf"\1{_AND}\2", text)


def _gap(text: str) -> Unread:
    return Unread(text, f"digits with a blank between them in {text!r}")


def _number(text: str) -> Fraction:
    whole, _, part = text.replace(",", "").partition(_AND)
    return Fraction(whole) + Fraction(part or 0)


def _fixed(clean: str) -> Rate | None:
    """Texts that are one phrase."""
    key = squeeze(clean)
    if key in {"free", "noadditionalduty"}:
        return Free()
    if key == "nochange":
        return NoChange()
    if key == AIRCRAFT:
        cap = Compound((Amount(DRAWBACK), Amount(AIRCRAFT_DUTY)))
        return Lesser((Reference(LIKE_ARTICLES), cap))
    if key == RETURNED:
        duty = Compound((Reference(LIKE_ARTICLES), Amount(LIKE_ARTICLES_TAX)))
        return Lesser((duty, Compound((Amount(DRAWBACK), Amount(ENTRY_TAX)))))
    if match := _FREE.fullmatch(clean):
        return Free(match["terms"] or match["note"])
    return None


def _inherited(clean: str) -> Rate | Unread | None:
    """Chapter 99: the duty of another subheading, with or without something added."""
    match = _INHERIT.fullmatch(clean)
    if match is None:
        return None
    where = APPLICABLE if squeeze(match["where"]) == squeeze(APPLICABLE) else match["where"]
    reduction = Fraction(match["minus"] or 0)
    if match["plus"] is None:
        return Inherit(where, None, reduction)
    addition = _sum(match["plus"].removeprefix("a duty of ").removesuffix("."))
    return addition if isinstance(addition, Unread) else Inherit(where, addition, reduction)


def _elsewhere(clean: str) -> Rate | None:
    """References, and duty upon values that must be declared."""
    if match := _ABSENT.fullmatch(clean):
        return Upon(Reference(match["where"]), match["basis"])
    if match := _UPON.fullmatch(clean):
        note = f" ({match['note']})" if match["note"] else ""
        own = Reference(f"the rate applicable to the article itself{note}")
        return Upon(own, match["basis"].rstrip(" ,"))
    if REFERENCES.fullmatch(clean):
        return Reference(clean, tuple(_LINES.findall(clean)))
    return None


def _bounded(clean: str) -> Rate | Unread | None:
    """Sugar degrees, floors, caps, the watch parts' condition."""
    marked = _marked(clean)
    key = squeeze(marked)
    if match := _DEGREES.fullmatch(key):
        return _gap(clean) if _GAP.search(marked) else _degrees(match)
    if key.endswith(_PLATES):
        body = _sum(clean[: clean.index(", but if")])
        cap = Amount(MOVEMENT_DUTY)
        return body if isinstance(body, Unread) else CappedIf(body, PLATES, cap)
    for pattern, kind in ((_FLOOR, Greater), (_CAP, Lesser)):
        if match := pattern.fullmatch(clean):
            return _both(kind, match[1], match[2])
    if match := _WHICHEVER.fullmatch(clean):
        return _alternatives(match["body"], match["which"].casefold() in {"higher", "greater"})
    return None


def _both(kind: type[Greater] | type[Lesser], first: str, second: str) -> Rate | Unread:
    one, other = _sum(first), _sum(second)
    if isinstance(one, Unread):
        return one
    return other if isinstance(other, Unread) else kind((one, other))


def _alternatives(body: str, greater: bool) -> Rate | Unread:
    """Two rates joined by "or"; the word also stands inside bases ("strap, band or bracelet")."""
    words = body.split(" or ")
    found: Rate | Unread = Unread(body, f"{body!r} does not name two rates")
    for at in range(1, len(words)):
        found = _both(Greater if greater else Lesser, " or ".join(words[:at]), " or ".join(words[at:]))
        if not isinstance(found, Unread):
            return found
    return found


def _degrees(match: re.Match[str]) -> Rate | Unread:
    base, less = _term(match["base"]), _term(match["less"])
    if not isinstance(base, Specific) or not isinstance(less, Specific) or base.unit != less.unit:
        return Unread(match[0], "a rate by degrees needs the same unit on both sides of 'less'")
    rate = SugarDegrees(base.dollars, less.dollars, base.unit)
    if match["floor"] is None:
        return rate
    floor = _term(match["floor"])
    return floor if isinstance(floor, Unread) else Greater((rate, floor))


def _sum(clean: str) -> Rate | Unread:
    """Terms joined by plus signs."""
    terms: list[Rate] = []
    for part in clean.split("+"):
        term = _term(part.strip())
        if isinstance(term, Unread):
            return term
        terms.append(term)
    return terms[0] if len(terms) == 1 else Compound(tuple(terms))


def _term(part: str) -> Rate | Unread:
    """One percentage or one sum of money per unit."""
    marked = _marked(part)
    if _GAP.search(marked):
        return _gap(part)
    key = squeeze(marked)
    if match := _PERCENT.fullmatch(key):
        basis = VALUE_BASES.get(match["basis"])
        if basis is None:
            return Unread(part, f"unknown basis of a percentage in {part!r}")
        return AdValorem(_number(match["number"]), basis)
    if match := _MONEY.fullmatch(key):
        dollars = _number(match["dollars"]) if match["dollars"] else _number(match["cents"]) / 100
        return _per(dollars, match["per"]) or Unread(part, f"unknown unit or basis in {part!r}")
    reason = f"{part!r} is neither a percentage nor an amount per unit" if part else "a term is missing"
    return Unread(part, reason)


def _per(dollars: Fraction, per: str) -> Specific | None:
    if per not in UNITS and per.startswith("each") and per.removeprefix("each") in UNITS:
        return Specific(dollars, UNITS[per.removeprefix("each")])
    for length in range(len(per), 0, -1):
        unit = UNITS.get(per[:length].removesuffix("."))
        basis = QUANTITY_BASES.get(per[length:])
        if unit is not None and basis is not None:
            return Specific(dollars, unit, basis)
    return None
