"""The period of an entry: which removals one entry for consumption is made for, named in streams and facts.

weekly: "2026-03-01", the first day of the local week; daily: "2026-03-02.day", the day on which the goods
are to ship; single: "2026-03-02.order.<issuer>.<order>", that order. Every name begins with its first day.
"""

from datetime import date, timedelta
from typing import Literal
from urllib.parse import quote

#: How an account's goods are entered: by the week (19 CFR 146.63(c)(1); 19 USC 1484(i)), or regularly
#: (146.62(a)), the orders of a day or one order in an entry.
EntryPeriod = Literal["weekly", "daily", "single"]

#: What the name of a period looks like.
PATTERN = r"^\d{4}-\d{2}-\d{2}(\.day|\.order\.[^.]+\.[^.]+)?$"
_DAY = "day"
_ORDER = "order"


def regular_period(kind: EntryPeriod, ship_on: str, issuer: str, order: str) -> str:
    """The period that an order is entered in; "" when that is the week of its removal.

    `ship_on`: ISO date.
    """
    if kind == "weekly":
        return ""
    if kind == "daily":
        return f"{ship_on}.{_DAY}"
    return ".".join([ship_on, _ORDER, _plain(issuer), _plain(order)])


def _plain(part: str) -> str:
    return quote(part, safe="").replace(".", "%2E")


def period_kind(period: str) -> EntryPeriod:
    """What kind of period has this name."""
    match period[10:].split(".")[1:2]:
        case [word] if word == _DAY:
            return "daily"
        case [word] if word == _ORDER:
            return "single"
        case _:
            return "weekly"


def first_day(period: str) -> date:
    """Its first day; raises `ValueError` for what is no period."""
    return date.fromisoformat(period[:10])


def last_day(period: str) -> date:
    """The last day on which its goods are meant to leave: of a week its seventh."""
    days = 6 if period_kind(period) == "weekly" else 0
    return first_day(period) + timedelta(days=days)


def said_period(period: str) -> str:
    """For people: "the week of 2026-03-01", "2026-03-02", "order O-1 of 2026-03-02"."""
    kind = period_kind(period)
    if kind == "weekly":
        return f"the week of {period}"
    day = period[:10]
    return day if kind == "daily" else f"order {period.split('.', 3)[3]} of {day}"
