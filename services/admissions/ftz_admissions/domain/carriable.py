"""What a 214 can carry (19 CFR 146.32(a); layouts: CATAIR e214, records 20, 50, 51)."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from ftz_admissions.domain.limits import QUANTITY_MAX, VALUE_MAX, refuse
from ftz_common.contracts.admissions import (
    AdmissionLine,
)
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import Conveyance
from ftz_common.values.exact import ZERO


def unusable(conveyance: Conveyance, announced: Sequence[AdmissionLine]) -> Refusal | None:
    """What a 214 cannot carry (19 CFR 146.32(a); layouts: CATAIR e214, records 20, 50, 51)."""
    for name in ("export_date", "import_date", "arrival_date"):
        said: str = getattr(conveyance, name)
        if not said:
            continue
        try:
            date.fromisoformat(said)
        except ValueError:
            return refuse(
                "no-such-date",
                f"{said!r} is no date of the calendar",
                "19 CFR 146.32(a)",
                "send YYYY-MM-DD",
                f"data.{name}",
            )
    packages = conveyance.packages
    if packages is not None and packages < ZERO:
        return refuse(
            "quantity-out-of-range",
            f"{packages} is no number of packages",
            "19 CFR 146.32(a)",
            "send the number of packages, 0 or more",
            "data.packages",
        )
    seen: set[int] = set()
    for index, line in enumerate(announced):
        problem = _unusable_line(line, index, seen)
        if problem is not None:
            return problem
        seen.add(line.line)
    return None


def _unusable_line(line: AdmissionLine, index: int, seen: set[int]) -> Refusal | None:
    place = f"data.lines[{index}]"
    if line.line in seen:
        return refuse(
            "line-twice",
            f"line {line.line} is there twice",
            "19 CFR 146.32(a)",
            "number the lines uniquely",
            f"{place}.line",
        )
    if not ZERO < line.quantity <= QUANTITY_MAX:
        return refuse(
            "quantity-out-of-range",
            f"{line.quantity} {line.unit} is no quantity of goods",
            "19 CFR 146.32(a), 146.22(d)",
            f"send a quantity above 0, at most {QUANTITY_MAX}",
            f"{place}.quantity",
        )
    for name, quantity in _further_quantities(line):
        if not ZERO <= quantity <= QUANTITY_MAX:
            return refuse(
                "quantity-out-of-range",
                f"{quantity} is no quantity",
                "19 CFR 146.32(a)",
                f"send 0 to {QUANTITY_MAX}",
                f"{place}.{name}",
            )
    for name, amount in (("value", line.value), ("charges", line.charges)):
        if not ZERO <= amount <= VALUE_MAX:
            return refuse(
                f"{name}-out-of-range",
                f"{amount} is no amount in US dollars for a line",
                "19 CFR 146.32(a), 146.65(b)(2)",
                f"send the line's {name} in US dollars, 0 to {VALUE_MAX}",
                f"{place}.{name}",
            )
    return None


def _further_quantities(line: AdmissionLine) -> Iterator[tuple[str, Decimal]]:
    if line.weight_kg is not None:
        yield "weight_kg", line.weight_kg
    for at, said in enumerate(line.statistical):
        yield f"statistical[{at}].quantity", said.quantity
