"""What the tariff says of a number on a date, as a `StatedRate` that a command can carry."""

from datetime import date, datetime

from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.schedule import Line
from ftz_duty.domain.tariff import NoRate, TariffBook

#: No preference is claimed: column 1 special needs a claim and its proof (HTSUS general note 3(c)).
NO_PROGRAMME = ""


def stated(
    book: TariffBook, number: str, origin: str, on: str, *, known_at: datetime, through: str = ""
) -> StatedRate:
    """The rate of a number for goods of an origin on a date (ISO), or why there is none.

    `through`: a rate text that comes into force after `on` and no later than this date is named.
    """
    found = _on(book, number, origin, on, known_at)
    if not through or through <= on or not found.revision:
        return found
    later = _on(book, number, origin, through, known_at)
    if (later.rate_text, later.missing) == (found.rate_text, found.missing):
        return found
    change = f"{later.rate_text or later.missing} by {later.revision}, was {found.rate_text or found.missing}"
    return StatedRate(
        found.number,
        found.origin,
        found.on,
        found.revision,
        found.column,
        found.rate_text,
        found.rate_from,
        found.missing,
        later=change,
    )


def _on(book: TariffBook, number: str, origin: str, on: str, known_at: datetime) -> StatedRate:
    day = date.fromisoformat(on)
    revision = book.in_force(day, known_at)
    found = book.rate(number, origin, NO_PROGRAMME, day, known_at)
    if revision is None:
        reason = found.reason if isinstance(found, NoRate) else ""
        return StatedRate(number, origin, on, missing=reason)
    second = any(row.applies(origin, day) for row in book.column_two)
    column = "column2" if second else "general"
    line = revision.schedule.line(number)
    cell = line.cell(column) if isinstance(line, Line) else None
    missing = f"{found.reason} ({found.citation}); {found.action}" if isinstance(found, NoRate) else ""
    return StatedRate(
        number,
        origin,
        on,
        revision.name,
        column,
        cell.text if cell else "",
        cell.stated_at if cell else "",
        missing,
    )
