"""Rates of duty: the closed union that every rate text of the schedule becomes.

Percentages and dollars are `Fraction`s: 33 1/3 % stays 33 1/3. `dollars` is US dollars per one unit. A basis
is what the percentage or the unit is taken on; "" means the goods of the line as a whole (dutiable value, net
quantity). Bases are lower-case names such as "case", "drained weight", "lead content": whoever assesses the
rate asks for them by that name. `words(rate)` gives the rate back as text that `rate_text.read_rate` reads
into the same rate, but for `Amount` and `Upon` of chapter 98, whose sentences are too long to repeat.
"""

from dataclasses import dataclass
from fractions import Fraction

APPLICABLE = "the applicable subheading"


@dataclass(frozen=True, slots=True)
class Free:
    """No duty; when `terms` is set, only once somebody has confirmed them ("under bond, as prescribed in
    ...").
    """

    terms: str = ""


@dataclass(frozen=True, slots=True)
class AdValorem:
    """`percent` of the value of `basis`."""

    percent: Fraction
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Specific:
    """`dollars` for each `unit` (a symbol known to `unit.read_unit`) of `basis`."""

    dollars: Fraction
    unit: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class SugarDegrees:
    """`dollars` per `unit`, less `less` dollars for each degree of polarisation under 100, fractions in
    proportion.

    Source: HTSUS 1701, 1702 and additional U.S. notes to chapter 17.
    """

    dollars: Fraction
    less: Fraction
    unit: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money that only the papers can tell ("any customs drawback ... allowed upon such
    exportation").
    """

    name: str


@dataclass(frozen=True, slots=True)
class Compound:
    """The sum of its terms."""

    terms: tuple["Rate", ...]


@dataclass(frozen=True, slots=True)
class Greater:
    """Whichever of its rates gives more: a floor ("but not less than")."""

    rates: tuple["Rate", ...]


@dataclass(frozen=True, slots=True)
class Lesser:
    """Whichever of its rates gives less: a cap ("but not more than")."""

    rates: tuple["Rate", ...]


@dataclass(frozen=True, slots=True)
class CappedIf:
    """`rate`, but not more than `cap` for goods that meet `condition` (parts of watch movements, 9110.90,
    9114.90).
    """

    rate: "Rate"
    condition: str
    cap: "Rate"


@dataclass(frozen=True, slots=True)
class Reference:
    """The rate stands elsewhere: in `lines` (numbers or "from-to" ranges), or in the note or article
    `wording` names.
    """

    wording: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inherit:
    """The duty of `where`, with `addition`, or with its percentage lowered by `reduction` points.

    Chapter 99: "The duty provided in the applicable subheading + 25%". Never below Free.
    """

    where: str = APPLICABLE
    addition: "Rate | None" = None
    reduction: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class NoChange:
    """A chapter 99 provision that leaves this column's duty of the applicable subheading as it is."""


@dataclass(frozen=True, slots=True)
class Upon:
    """The rate of `rate` taken on a value that must be declared: repairs abroad, full value less U.S.
    components.
    """

    rate: Reference
    basis: str


Rate = (
    Free | AdValorem | Specific | SugarDegrees | Amount | Compound | Greater | Lesser | CappedIf
    | Reference | Inherit | NoChange | Upon
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """One rate of a Special cell and the programmes it is for; no symbols means whichever is claimed."""

    rate: Rate
    programmes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpecialRates:
    """A whole Special cell."""

    segments: tuple[Segment, ...]

    def rate(self, programme: str) -> Rate | None:
        """The rate for a claimed programme symbol ("KR", "S+"), or None when the cell does not list it."""
        for segment in self.segments:
            if not segment.programmes or programme in segment.programmes:
                return segment.rate
        return None

    def programmes(self) -> tuple[str, ...]:
        """All symbols that the cell lists, in its order."""
        return tuple(symbol for segment in self.segments for symbol in segment.programmes)


def plain(number: Fraction) -> str:
    """A fraction as people write it: `2.8`, `350`, `33 1/3`; exact in every case."""
    rest = number.denominator
    places = 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1:
        whole, part = divmod(abs(number), 1)
        return f"{'-' if number < 0 else ''}{f'{whole} ' if whole else ''}{part.numerator}/{part.denominator}"
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    point = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{'-' if number < 0 else ''}{point}"


def money(dollars: Fraction) -> str:
    """A rate of money as the schedule writes it: cents below one dollar, dollars from there."""
    return f"{plain(dollars * 100)}¢" if abs(dollars) < 1 else f"${plain(dollars)}"


def words(rate: Rate) -> str:  # noqa: PLR0911 - one arm per kind of rate
    """The rate as one line of text (see the module for what reads it back)."""
    match rate:
        case Free() | AdValorem() | Specific() | SugarDegrees():
            return _simple_words(rate)
        case Compound(terms):
            return " + ".join(map(words, terms))
        case Greater(rates):
            return " but not less than ".join(map(words, rates))
        case Lesser(rates):
            return " but not more than ".join(map(words, rates))
        case CappedIf(inner, condition, cap):
            return f"{words(inner)}, but if {condition} the total duty shall not exceed {words(cap)}"
        case Inherit(where, addition, reduction):
            tail = f" + {words(addition)}" if addition is not None else ""
            return f"The duty provided in {where}{tail}" + (
                f" minus {plain(reduction)}%" if reduction else ""
            )
        case Reference() | Amount() | NoChange() | Upon():
            return _named_words(rate)


def _simple_words(rate: Free | AdValorem | Specific | SugarDegrees) -> str:
    match rate:
        case Free(terms):
            return f"Free, {terms}" if terms else "Free"
        case AdValorem(percent, basis):
            return f"{plain(percent)}%" + (f" on the value of the {basis}" if basis else "")
        case Specific(dollars, unit, basis):
            per = " each" if unit == "each" else f"/{unit}"
            return f"{money(dollars)}{per}" + (f" on {basis}" if basis else "")
        case SugarDegrees(dollars, less, unit):
            return f"{money(dollars)}/{unit} less {money(less)}/{unit} for each degree under 100 degrees"


def _named_words(rate: Reference | Amount | NoChange | Upon) -> str:
    match rate:
        case Reference(wording):
            return wording
        case Amount(name):
            return name
        case NoChange():
            return "No change"
        case Upon(inner, basis):
            return f"{words(inner)}, upon the {basis}"
