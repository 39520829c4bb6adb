"""Harbor maintenance fee: quarterly, on cargo that a commercial vessel unlades and a zone admits.

The applicant for admission pays, whatever the zone status, on CBP Form 349 under class code 505; an entry
from the zone does not pay it again (19 CFR 24.24, 146.22(e)).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from ftz_common.values.exact import ZERO, to_cents, to_dollars

#: 0.125 % of the value (19 CFR 24.24(a)).
HMF_RATE = Fraction(125, 100_000)
#: Accounting class of the fee on zone admissions, as CBP Form 349 has it.
CLASS_CODE = "505"
#: Modes of transport that are vessels: other, container, border waterborne. All else pays none.
VESSEL_MODES = frozenset({"10", "11", "12"})
#: The form is due on the 31st day after the quarter (19 CFR 24.24(e)).
DUE_DAYS = 31


@dataclass(frozen=True, slots=True)
class Admitted:
    """One admission: its 214, applicant, port of unlading (Schedule D), mode and day of arrival, USD."""

    number: str
    applicant: str
    port: str
    mode: str
    imported_on: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class PortLine:
    """A line of the form: one port, its admissions, their value in whole dollars, the fee in cents."""

    port: str
    admissions: tuple[str, ...]
    value: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class FeeQuarter:
    """The data of CBP Form 349 of an applicant. `first` and `last` are the days of the calendar quarter."""

    applicant: str
    first: date
    last: date
    due_on: date
    lines: tuple[PortLine, ...]
    fee: Decimal
    class_code: str = CLASS_CODE


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day of the calendar quarter."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    after = date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    return first, after - timedelta(days=1)


def admission_fee(admission: Admitted) -> Decimal:
    """The fee that one 214 shows, in cents; none unless it came by vessel."""
    if admission.mode not in VESSEL_MODES:
        return Decimal("0.00")
    return to_cents(Fraction(to_dollars(admission.value)) * HMF_RATE)


def fee_quarter(applicant: str, day: date, admissions: Iterable[Admitted]) -> FeeQuarter:
    """What an applicant owes for the quarter that holds `day`, by port.

    The fee is taken once on each port's value, as the form's lines are, not summed from rounded admissions.
    """
    first, last = quarter_of(day)
    by_port: dict[str, list[Admitted]] = {}
    for admission in admissions:
        if (
            admission.applicant == applicant
            and admission.mode in VESSEL_MODES
            and first <= admission.imported_on <= last
        ):
            by_port.setdefault(admission.port, []).append(admission)
    lines = tuple(_line(port, by_port[port]) for port in sorted(by_port))
    fee = sum((line.fee for line in lines), Decimal("0.00"))
    return FeeQuarter(applicant, first, last, last + timedelta(days=DUE_DAYS), lines, fee)


def _line(port: str, admissions: list[Admitted]) -> PortLine:
    value = sum((to_dollars(admission.value) for admission in admissions), ZERO)
    numbers = tuple(sorted(admission.number for admission in admissions))
    return PortLine(port, numbers, value, to_cents(Fraction(value) * HMF_RATE))
