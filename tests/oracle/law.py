"""The weekly entry, read literally from the law and as slowly as one likes: the oracle of the duty engine.

It shares no code with the product: the standard library, fractions, plain dicts. What comes in are facts as
JSON, the schedule as the text that was imported, and the sets of measures as their authors wrote them.

    lines                19 CFR 146.65(a): one number, status, PF filing date, origin (goods.py)
    value                19 CFR 146.65(b): the price paid, in proportion to the quantity; whole dollars
    time of entry        19 CFR 141.68(a)(1), (b): first release, else the day the summary serves as the entry
    rate                 19 CFR 146.65(a), 141.69; HTSUS general notes 3(a), 3(b) (rates.py)
    additional duties    each measure's own terms (measures.py)
    fee                  19 CFR 24.23(b)(1)
"""

from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.goods import Book, grouped, measured, moves, taken
from tests.oracle.measures import Measures, additional
from tests.oracle.rates import Facts, Schedule, amounts, cents, in_force

#: Least and most of an entry by fiscal year: 90 FR 34665 (2026); FR Doc. 2026-15530 (2027).
FEE_BOUNDS = {2026: ("33.58", "651.50"), 2027: ("34.58", "670.86")}


def weeks(facts: Facts) -> list[str]:
    """The entries that something foreign left under for consumption, as streams."""
    return sorted({_entry_of(d) for _, d in moves(facts) if d["disposition"] == "consumption"})


def _entry_of(drawn: dict[str, Any]) -> str:
    return f"entry/{drawn['zone']}/{drawn['account']}/{drawn['week']}"


def local_day(instant: str, timezone: str) -> str:
    """The calendar day of an instant where the zone is."""
    return (
        datetime.fromisoformat(instant.replace("Z", "+00:00"))
        .astimezone(ZoneInfo(timezone))
        .date()
        .isoformat()
    )


def summary_date(facts: Facts, entry: str) -> str:
    """The day on which a person let the summary serve as the entry (19 CFR 141.68(b)); "" if none did."""
    said = [d["entry_date"] for kind, s, d in facts if kind == "ftz.duty.entrydate.decided.v1" and s == entry]
    return said[0] if said else ""


def lines_of(facts: Facts, entry: str) -> list[dict[str, Any]]:
    """The lines of an entry: what left of each layer, at its share of what was paid for it on admission."""
    late = {
        d["withdrawal"]
        for kind, s, d in facts
        if kind == "ftz.duty.entry.correction-needed.v1" and s == entry
    }
    mine = {
        moved["withdrawal"]
        for _, moved in moves(facts)
        if moved["disposition"] == "consumption" and _entry_of(moved) == entry
    }
    return grouped(Book(facts), taken(facts, mine - late))


def released(facts: Facts, entry: str, timezone: str) -> list[tuple[str, dict[tuple[str, ...], Fraction]]]:
    """The week's released entries in the order in which they were asked for: date, and what each may hold."""
    asked = {d["attempt"]: d for kind, s, d in facts if kind == "ftz.duty.estimate.added.v1" and s == entry}
    dates: dict[int, str] = {}
    rooms: dict[int, dict[tuple[str, ...], Fraction]] = {}
    for kind, stream, data in facts:
        if kind != "ftz.duty.estimate.accepted.v1" or stream != entry:
            continue
        estimate = asked[data["attempt"]]
        document = estimate.get("document", 1)
        day = local_day(data["accepted_at"], timezone)
        dates[document] = min(day, dates.get(document, day))
        room = rooms.setdefault(document, {})
        for line in estimate["lines"]:
            key = (line["number"], line["status"], line["origin"], line["unit"])
            room[key] = room.get(key, Fraction(0)) + Fraction(line["quantity"])
    return [(dates[document], rooms[document]) for document in sorted(dates)]


def divided(
    lines: list[dict[str, Any]], entries: list[tuple[str, dict[tuple[str, ...], Fraction]]]
) -> list[list[dict[str, Any]]]:
    """What exceeds an estimate is of the supplemental entry (19 CFR 146.63(c)(1)).

    Which goods those are the law does not say; by choice each entry is filled up in turn, with layers in the
    order of their names. What no entry has room for stands in the last that names such goods, else in the
    first.
    """
    found: list[list[dict[str, Any]]] = [[] for _ in entries]
    rooms = [dict(room) for _, room in entries]
    for line in lines:
        key = (line["number"], line["status"], line["origin"], line["unit"])
        waiting = [(name, line["layers"][name]) for name in sorted(line["layers"])]
        naming = [at for at, room in enumerate(rooms) if key in room]
        rest = line["quantity"]
        shares = {at: Fraction(0) for at in range(len(rooms))}
        for at, room in enumerate(rooms):
            shares[at] = min(room.get(key, Fraction(0)), rest)
            room[key] = room.get(key, Fraction(0)) - shares[at]
            rest -= shares[at]
        shares[naming[-1] if naming else 0] += rest
        for at, quantity in shares.items():
            if quantity:
                found[at].append(measured(line | {"layers": _first_of(waiting, quantity)}))
    return found


def _first_of(waiting: list[tuple[str, dict[str, Any]]], quantity: Fraction) -> dict[str, Any]:
    """So much of the layers that wait, the first of them first."""
    taken: dict[str, Any] = {}
    while quantity:
        name, part = waiting[0]
        takes = min(part["quantity"], quantity)
        taken[name] = part | {"quantity": takes}
        quantity -= takes
        waiting[0] = name, part | {"quantity": part["quantity"] - takes}
        if not waiting[0][1]["quantity"]:
            waiting.pop(0)
    return taken


def statements(facts: Facts, account: str, number: str, origin: str) -> dict[str, Any]:
    """What people stated of the goods, by the name of the fact; the last word counts."""
    return {
        d["fact"]: d
        for kind, _, d in facts
        if kind == "ftz.duty.goods.stated.v1"
        and (d["account"], d["number"], d["origin"]) == (account, number, origin)
    }


def decided(facts: Facts, measures: Measures) -> Measures:
    """The measures, each with the policy that a person decided for it, if one did."""
    policies = {
        d["measure"]: d["policy"]
        for kind, _, d in facts
        if kind == "ftz.duty.measure.ruled.v1" and d.get("policy") is not None
    }
    return [m | {"rate_date_policy": policies[m["id"]]} if m["id"] in policies else m for m in measures]


def entry_of(
    facts: Facts, entry: str, timezone: str, schedules: list[Schedule], measures: Measures
) -> list[dict[str, Any]] | None:
    """The week's entries; None when one cannot be made: no time of entry, or a person must say something."""
    lines = lines_of(facts, entry)
    entries = released(facts, entry, timezone) or [(summary_date(facts, entry), {})]
    if not entries[0][0]:
        return None
    measures = decided(facts, measures)
    made: list[dict[str, Any]] = []
    for (entry_date, _), held in zip(entries, divided(lines, entries), strict=True):
        for line in held:
            said = statements(facts, entry.split("/")[2], line["number"], line["origin"])
            if not price_line(line, said, entry_date, schedules, measures):
                return None
        if held:
            made.append(summed(entry_date, held))
    return made


def summed(entry_date: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """One entry: its own fee, within the least and most of the fiscal year of its date."""
    value = sum((line["value"] for line in lines), Fraction(0))
    duty = sum((line["duty"] for line in lines if line["duty"] is not None), Fraction(0))
    day = date.fromisoformat(entry_date)
    year = day.year + (day.month >= 10)
    least, most = map(Fraction, FEE_BOUNDS[year])
    return {
        "entry_date": entry_date,
        "fee_year": year,
        "lines": lines,
        "entered_value": value,
        "duty": duty,
        "mpf": min(max(cents(value * Fraction("0.003464")), least), most) if lines else Fraction(0),
    }


def price_line(
    line: dict[str, Any], said: dict[str, Any], entry_date: str, schedules: list[Schedule], measures: Measures
) -> bool:
    """Fill in rate and duty; False when a measure waits for a person."""
    on = line["pf_filed_on"] if line["status"] == "P" else entry_date
    schedule = in_force(schedules, on)
    column, text = schedule.rate(line["number"], line["origin"], on)
    parts = amounts(text, line["value"], line["quantity"], line["unit"], line["known"])
    priced = [part for part in parts if part is not None]
    unpriced = len(priced) < len(parts)
    # By choice: a line whose own rate cannot be reckoned has no figure at all, and nobody is asked for more.
    base = sum(priced, Fraction(0))
    stack = {} if unpriced else additional(measures, said, line, entry_date, base)
    if any(result == "blocked" for result, _ in stack.values()):
        return False
    owed = [cents(part) for part in priced]
    owed += [amount for _, amount in stack.values() if amount is not None]
    line["revision"], line["column"], line["rate_text"], line["stack"] = schedule.name, column, text, stack
    line["duty"] = None if unpriced else sum(owed, Fraction(0))
    return True
