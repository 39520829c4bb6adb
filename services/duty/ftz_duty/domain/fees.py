"""Merchandise processing fee: once per entry, within the bounds of its fiscal year.

Source: 19 USC 58c(a)(9), 19 CFR 24.23(b)(1).
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ftz_common.contracts.fact import Refusal
from ftz_common.values.exact import to_cents

#: 0.3464 % of the entered value (19 CFR 24.23(b)(1)(i)(A)).
MPF_RATE = Fraction(3464, 1_000_000)

CITATION = "19 CFR 24.23(b)(1), (c)"


@dataclass(frozen=True, slots=True)
class MpfBounds:
    """Least and most of one entry in a federal fiscal year (1 October to 30 September), in USD."""

    fiscal_year: int
    least: Decimal
    most: Decimal
    source: str


#: Adjusted for inflation each year (19 CFR 24.22(k)); a year that is not here is refused, never guessed.
MPF_BOUNDS: tuple[MpfBounds, ...] = (
    MpfBounds(2025, Decimal("32.71"), Decimal("634.62"), "CBP general notice for FY2025, as trade notices"),
    MpfBounds(2026, Decimal("33.58"), Decimal("651.50"), "90 FR 34665"),
    MpfBounds(2027, Decimal("34.58"), Decimal("670.86"), "FR Doc. 2026-15530"),
)

_BY_YEAR = {bounds.fiscal_year: bounds for bounds in MPF_BOUNDS}


def bounds_of(fiscal_year: int) -> MpfBounds | Refusal:
    """The bounds of a fiscal year, or the refusal that says which years are known."""
    known = _BY_YEAR.get(fiscal_year)
    if known is not None:
        return known
    years = ", ".join(str(bounds.fiscal_year) for bounds in MPF_BOUNDS)
    return Refusal(
        code="fee-year-unknown",
        reason=f"the least and most of the merchandise processing fee of fiscal year {fiscal_year} are not"
        f" known; known are {years}",
        citation=CITATION,
        remedy="install a release whose fee table holds that year",
    )


def merchandise_processing_fee(entered_value: Decimal, bounds: MpfBounds) -> Decimal:
    """The fee of one formal entry of this value (whole dollars), in USD and cents, half-up."""
    exact = to_cents(Fraction(entered_value) * MPF_RATE)
    return min(max(exact, bounds.least), bounds.most)


#: One automated informal entry by fiscal year, in USD (19 CFR 24.23(b)(2)(i), as adjusted), class code 311.
INFORMAL_FEES = {2026: Decimal("2.69"), 2027: Decimal("2.77")}

#: Most that an informal entry may hold; less for goods of chapter 99 subchapters III and IV (19 CFR 143.21).
INFORMAL_MOST = Decimal(2500)
INFORMAL_MOST_CHAPTER_99 = Decimal(250)


def informal_fee(entered_value: Decimal, year: int, *, chapter_99_quota: bool) -> Decimal | Refusal:
    """The fee of an automated informal entry, or why these goods cannot be entered so.

    `chapter_99_quota`: goods of chapter 99 subchapter III or IV are in it.
    """
    most = INFORMAL_MOST_CHAPTER_99 if chapter_99_quota else INFORMAL_MOST
    if entered_value > most:
        return Refusal(
            code="not-informal",
            reason=f"the value of ${entered_value} is over the ${most} of an informal entry",
            citation="19 CFR 143.21",
            remedy="make a formal entry",
        )
    fee = INFORMAL_FEES.get(year)
    if fee is None:
        years = ", ".join(map(str, INFORMAL_FEES))
        return Refusal(
            code="fee-year-unknown",
            reason=f"the informal fee of fiscal year {year} is not known; known are {years}",
            citation="19 CFR 24.23(b)(2)",
            remedy="install a release whose fee table holds that year",
        )
    return fee
